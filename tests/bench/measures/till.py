"""One till, one event at a time, on an idle machine: until its answer, and until the hub's subscriber has it."""

import frame
from programs import Agent, BareIntake, Subscriber, broker, load, run_tool, running


def commits(directory):
    return run_tool("bench-bare-commits", "rows", directory / "rows.db", "--per-commit", 1, "--events", 500)


def till(program, seconds):
    def once(directory):
        with running(program(), directory) as started:
            return load(started.port, seconds=seconds)
    return once


def to_the_hub(seconds):
    def once(directory):
        with broker(directory) as mosquitto, Subscriber(mosquitto.port, ages=True, confirm=True) as subscriber, \
                running(Agent(), directory, mosquitto.url) as agent:
            load(agent.port, count=20, rate=20)  # until the line is up
            agent.wait_until_confirmed()
            subscriber.stop()
            with Subscriber(mosquitto.port, ages=True, confirm=True, filter="storeward/+/+/+/+/up/+") as at_hub:
                load(agent.port, seconds=seconds, rate=100)
                agent.wait_until_confirmed()
                return at_hub.stop()
    return once


def measure(bench):
    runs = bench.alternate(commit=commits, bare=till(BareIntake, bench.seconds), agent=till(Agent, bench.seconds),
                           hub=to_the_hub(bench.seconds))
    ms = {(name, key): frame.column(results, f"{key}_us", 1e-3)
          for name, results in runs.items() for key in ("p50", "p99")}
    for name, label in (("bare", "one till: bare program"), ("agent", "one till: agent"),
                        ("hub", "one till: at the hub's subscriber")):
        bench.plot("latency", label, runs[name][-1]["distribution"])
    one_commit = frame.Figure.of(ms["commit", "p50"]).median
    return [
        frame.row("one till, p50", "ms", ms["agent", "p50"], ms["bare", "p50"], "bare HTTP + commit",
                  frame.ratio_at_most(1.3, "bare"), f"one commit alone: {one_commit:.2f} ms"),
        frame.row("one till, p99", "ms", ms["agent", "p99"], ms["bare", "p99"], "bare HTTP + commit",
                  frame.at_most(3, "ms")),
        frame.row("one till, at the hub's subscriber, p50", "ms", ms["hub", "p50"], goal=frame.at_most(2, "ms")),
        frame.row("one till, at the hub's subscriber, p99", "ms", ms["hub", "p99"], goal=frame.at_most(5, "ms")),
    ]
