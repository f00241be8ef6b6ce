"""Resident memory of agent and line together (pages that both have count twice): idle, a backlog waiting, while it drains."""

import time

import frame
import machine
from programs import Agent, Prototype, Subscriber, broker, outage, running, sales


def idle(program, after_s):
    def once(directory):
        with broker(directory) as mosquitto, running(program(), directory, mosquitto.url) as started:
            time.sleep(after_s)
            return {"idle": machine.memory_mb(started.pids()), "idle_shared_out": machine.shared_out_mb(started.pids())}
    return once


def backlog(program, events):
    def once(directory):
        made = program()
        with outage(made, directory, sales(events)) as mosquitto:
            mosquitto.stop()
            made.spawn()
            time.sleep(1)
            waiting, shared_out = machine.memory_mb(made.pids()), machine.shared_out_mb(made.pids())
            made.kill()
            mosquitto.start()
            with Subscriber(mosquitto.port, confirm=True, count=events) as subscriber:
                made.spawn()
                subscriber.result()
            return {"waiting": waiting, "draining": machine.memory_mb(made.pids(), "VmHWM"),
                    "waiting_shared_out": shared_out, "draining_shared_out": machine.shared_out_mb(made.pids())}
    return once


def measure(bench):
    events = bench.backlog
    rounds = 1 if bench.quick else 5
    # Each ten seconds the agent lets go of code that it does not use.
    lives = bench.alternate(rounds, agent=idle(Agent, 12), prototype=idle(Prototype, 1))
    outages = bench.alternate(rounds, agent=backlog(Agent, events), prototype=backlog(Prototype, events // 5))
    rows = []
    for runs, key, name, beside, goal in (
            (lives, "idle", "memory idle, connected", "prototype", 12),
            (outages, "waiting", f"memory, {events:,} waiting", "prototype, a fifth of the events", 20),
            (outages, "draining", f"memory, the most while {events:,} drain", "prototype, a fifth of the events", 32)):
        shared_out = frame.Figure.of(frame.column(runs["agent"], f"{key}_shared_out")).median
        rows.append(frame.row(name, "MB", frame.column(runs["agent"], key), frame.column(runs["prototype"], key), beside,
                              frame.at_most(goal, "MB"), f"shared pages counted once (PSS): {shared_out:.1f} MB"))
    return rows
