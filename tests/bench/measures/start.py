"""From exec to ready after kill -9, with a backlog waiting. The prototype is ready when it listens."""

import time

import frame
from programs import Agent, Prototype, load, running, sales


def restart(program, backlog):
    def once(directory):
        with running(program(), directory) as started:
            sales(backlog)(started)
            started.kill()
            begun = time.monotonic()
            started.spawn()
            ready_ms = (time.monotonic() - begun) * 1000
            load(started.port, count=1)  # it takes a sale
            return ready_ms
    return once


def measure(bench):
    backlog = bench.backlog
    runs = bench.alternate(prototype=restart(Prototype, backlog // 10), empty=restart(Agent, 1000),
                           agent=restart(Agent, backlog))
    empty = frame.Figure.of(runs["empty"]).median
    return [frame.row(f"start to ready, {backlog:,} waiting", "ms", runs["agent"], runs["prototype"],
                      f"prototype, {backlog // 10:,} waiting", frame.at_most(100, "ms"),
                      f"agent with 1,000 waiting: {empty:.0f} ms")]
