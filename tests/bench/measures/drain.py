"""A backlog after an outage: from the first event at the subscriber to the last; and until the reference hub confirmed it."""

import time

import frame
import shop
from programs import Agent, Prototype, Subscriber, broker, outage, run_tool, sales


def raw(events):
    def once(directory):
        with broker(directory) as mosquitto, Subscriber(mosquitto.port, count=events) as subscriber:
            time.sleep(0.2)  # it has subscribed
            run_tool("bench-raw-publisher", mosquitto.port, events)
            return subscriber.result()
    return once


def to_a_subscriber(program, events):
    def once(directory):
        made = program()
        with outage(made, directory, sales(events)) as mosquitto, \
                Subscriber(mosquitto.port, confirm=True, count=events) as subscriber:
            made.spawn()
            return subscriber.result()
    return once


def to_the_reference_hub(events):
    def once(directory):
        agent = Agent()
        with outage(agent, directory, sales(events)) as mosquitto:
            hub = shop.Hub(directory, mosquitto.url).start()
            try:
                agent.spawn()
                curve = confirmations(agent, events)
            finally:
                hub.kill()
        return {"rate": curve[-1][1] / curve[-1][0], "curve": curve}
    return once


def confirmations(agent, events):
    """[seconds since the first, events confirmed]"""
    shop.wait_for("the drain to begin", lambda: agent.waiting() < events, 60, pause=0.005)
    begun, curve = time.monotonic(), []
    while not curve or curve[-1][1] < events:
        time.sleep(0.05)
        waiting = agent.waiting()
        curve.append([time.monotonic() - begun, events - waiting])
    return curve


def measure(bench):
    events = bench.backlog
    runs = bench.alternate(raw=raw(events), prototype=to_a_subscriber(Prototype, events // (5 if bench.quick else 1)),
                           agent=to_a_subscriber(Agent, events), hub=to_the_reference_hub(events))
    rate = {name: frame.column(results, "rate") for name, results in runs.items()}
    for name, label in (("raw", "raw publisher"), ("prototype", "prototype"), ("agent", "agent"),
                        ("hub", "agent, confirmed by the reference hub")):
        bench.plot("throughput", f"drain: {label}", frame.Figure.of(rate[name]).median)
        bench.plot("backlog", label, runs[name][-1]["curve"])
    return [
        frame.row(f"drain of {events:,}", "events/s", rate["agent"], rate["raw"], "raw publisher, 50 a message",
                  frame.ratio_at_least(0.6, "raw publisher")),
        frame.row(f"drain of {events:,}, beside the prototype", "events/s", rate["agent"], rate["prototype"],
                  "prototype"),
        frame.row(f"drain of {events:,}, confirmed by the reference hub on SQLite", "events/s", rate["hub"],
                  goal=frame.at_least(60_000, "events/s")),
    ]
