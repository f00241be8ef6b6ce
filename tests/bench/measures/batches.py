"""POSTs of 100 events, 8 connections, the hub away; beside the store alone at 100 events a commit."""

import frame
from programs import Agent, load, run_tool, running


def store(how, events, *options):
    def once(directory):
        return run_tool("bench-bare-commits", how, directory / "file", "--events", events, *options)
    return once


def agent(seconds, **options):
    def once(directory):
        with running(Agent(), directory) as started:
            return load(started.port, connections=8, batch=100, seconds=seconds, **options)
    return once


def measure(bench):
    events = 25_000 if bench.quick else 400_000
    runs = bench.alternate(append=store("append", events), rows=store("rows", events), runs=store("runs", events),
                           agent=agent(bench.seconds))
    rate = {name: frame.column(results, "rate") for name, results in runs.items()}
    for name, label in (("append", "write + fdatasync"), ("rows", "bare SQLite, rows"), ("runs", "bare SQLite, runs"),
                        ("agent", "agent")):
        bench.plot("throughput", f"batches of 100: {label}", frame.Figure.of(rate[name]).median)
    limits = ", ".join(f"{label} {frame.Figure.of(rate[name]).median:,.0f}/s"
                       for name, label in (("append", "write + fdatasync"), ("rows", "plain rows")))
    return [
        frame.row("batches of 100, hub away", "events/s", rate["agent"], rate["runs"], "bare SQLite, runs",
                  frame.ratio_at_least(0.6, "bare runs"), f"at 100 a commit: {limits}"),
    ]
