"""Single-event POSTs that are durable when they are answered, 64 connections, the hub away."""

import frame
from programs import Agent, BareIntake, BarePost, load, running


def play(program, **options):
    def once(directory):
        with running(program(), directory) as started:
            return load(started.port, connections=64, **options)
    return once


def measure(bench):
    how = {"seconds": bench.seconds}
    runs = bench.alternate(post=play(BarePost, **how), bare=play(BareIntake, **how), agent=play(Agent, **how),
                           tls=play(lambda: Agent(tls=True), **how, tls=True))
    rate = {name: frame.column(results, "rate") for name, results in runs.items()}
    for name, label in (("bare", "bare program"), ("agent", "agent")):
        bench.plot("throughput", f"64 tills, hub away: {label}", frame.Figure.of(rate[name]).median)
        bench.plot("latency", f"64 tills, hub away: {label}", runs[name][-1]["distribution"])
    beside = "bare RESTinio + SQLite"
    return [
        frame.row("single POSTs, hub away", "events/s", rate["agent"], rate["bare"], beside,
                  frame.ratio_at_least(0.8, "bare"), f"bare RESTinio without a store: "
                  f"{frame.Figure.of(rate['post']).median:,.0f}/s"),
        frame.row("single POSTs over TLS, hub away", "events/s", rate["tls"], rate["bare"], beside + ", no TLS",
                  frame.ratio_at_least(0.6, "bare")),
        frame.row("p99 of these POSTs (400 B)", "ms", frame.column(runs["agent"], "p99_us", 1e-3),
                  frame.column(runs["bare"], "p99_us", 1e-3), beside),
    ]
