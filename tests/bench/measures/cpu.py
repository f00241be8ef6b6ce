"""CPU of the agent and its line: for 100,000 single events from POST to confirmation, and when idle and connected."""

import time

import frame
import machine
import shop
from programs import Agent, Prototype, Subscriber, broker, load, running


def busy(program, events):
    def once(directory):
        with broker(directory) as mosquitto, Subscriber(mosquitto.port, confirm=True, count=events) as subscriber, \
                running(program(), directory, mosquitto.url) as started:
            before = machine.cpu_seconds(started.pids())
            load(started.port, connections=64, count=events)
            subscriber.result()
            return (machine.cpu_seconds(started.pids()) - before) * 100_000 / events
    return once


def idle(seconds):
    def once(directory):
        with broker(directory) as mosquitto, running(Agent(), directory, mosquitto.url) as agent:
            hub = shop.Hub(directory, mosquitto.url).start()
            try:
                load(agent.port, count=100)
                agent.wait_until_confirmed(60)
                time.sleep(2)
                before = machine.cpu_seconds(agent.pids())
                time.sleep(seconds)
                return (machine.cpu_seconds(agent.pids()) - before) / seconds * 100
            finally:
                hub.kill()
    return once


def measure(bench):
    runs = bench.alternate(prototype=busy(Prototype, 20_000 * bench.seconds), agent=busy(Agent, 20_000 * bench.seconds))
    seconds = 10 if bench.quick else 60
    resting = bench.alternate(1, agent=idle(seconds))["agent"]
    return [
        frame.row("CPU per 100,000 events, POST to confirmed", "s", runs["agent"], runs["prototype"], "prototype",
                  frame.at_most(3.5, "s")),
        frame.row("CPU when idle and connected", "% of a core", resting, goal=frame.at_most(0.1, "% of a core"),
                  remark=f"over {seconds} s, in steps of {100 / machine.TICKS / seconds:.2g} %"),
    ]
