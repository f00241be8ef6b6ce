"""Dedup of ids without any order, batches of 100: beside ids in order of time, and beside a unique index in SQLite."""

import frame
from programs import Agent, load, run_tool, running


def agent(seconds, **options):
    def once(directory):
        with running(Agent(), directory) as started:
            return load(started.port, connections=8, batch=100, seconds=seconds, **options)["rate"]
    return once


def plain_index(events):
    def once(directory):
        return run_tool("bench-bare-commits", "rows", directory / "rows.db", "--indexed", "--random-ids", "--events",
                        events)["rate"]
    return once


def measure(bench):
    seconds = bench.seconds * (1 if bench.quick else 3)
    runs = bench.alternate(ordered=agent(seconds), random=agent(seconds, random_ids=True),
                           index=plain_index(50_000 * seconds))
    return [
        frame.row("batches of 100, random ids", "events/s", runs["random"], runs["ordered"], "agent, ordered ids",
                  frame.ratio_at_least(0.6, "ordered")),
        frame.row("the same, beside SQLite", "events/s", runs["random"], runs["index"],
                  "bare SQLite, rows with a unique index"),
    ]
