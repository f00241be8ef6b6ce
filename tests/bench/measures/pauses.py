"""What checkpoints and pruning cost a till: requests at half of the highest rate, everything confirmed and pruned at once."""

import frame
from programs import Agent, Prototype, Subscriber, broker, load, running


def highest_rate(seconds):
    def once(directory):
        with broker(directory) as mosquitto, Subscriber(mosquitto.port, confirm=True), \
                running(Agent(store={"keep_days": 0}), directory, mosquitto.url) as agent:
            agent.warm_up()
            return load(agent.port, connections=64, seconds=seconds)["rate"]
    return once


def at(rate, program, seconds):
    def once(directory):
        with broker(directory) as mosquitto, Subscriber(mosquitto.port, confirm=True), \
                running(program(), directory, mosquitto.url) as started:
            started.warm_up()
            return load(started.port, connections=64, seconds=seconds, rate=rate)
    return once


def measure(bench):
    half = frame.Figure.of(bench.alternate(rounds=1, agent=highest_rate(bench.seconds))["agent"]).median / 2
    seconds = bench.seconds * (1 if bench.quick else 5)
    runs = bench.alternate(agent=at(half, lambda: Agent(store={"keep_days": 0}), seconds),
                           prototype=at(half, Prototype, seconds))
    bench.plot("latency", "64 tills at half load: agent", runs["agent"][-1]["distribution"])
    bench.plot("latency", "64 tills at half load: prototype", runs["prototype"][-1]["distribution"])
    longest = max(frame.column(runs["agent"], "max_us", 1e-3))
    return [
        frame.row(f"tills at half load ({half:,.0f}/s), {key[1:3]}{'.9' if key == 'p999' else ''} %", "ms",
                  frame.column(runs["agent"], f"{key}_us", 1e-3), frame.column(runs["prototype"], f"{key}_us", 1e-3),
                  "prototype", frame.at_most(10, "ms") if key == "p999" else None,
                  f"the longest of all: {longest:.0f} ms" if key == "p999" else "")
        for key in ("p50", "p99", "p999")
    ]
