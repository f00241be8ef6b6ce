"""Bytes written to the disk per event (sectors of the whole disk: nobody else should write), from the POST until it is pruned."""

import os
import time

import frame
import machine
from programs import Agent, Prototype, Subscriber, broker, load, run_tool, running

AT_100 = ("append", "rows", "runs")


def written_by(directory, work):
    os.sync()
    before = machine.written_bytes(directory)
    work()
    os.sync()
    return machine.written_bytes(directory) - before


def accept_alone(how, events):
    def once(directory):
        return written_by(directory, lambda: run_tool(
            "bench-bare-commits", how, directory / "file", "--events", events)) / events
    return once


def whole_life(program, events, **options):
    """With keep_days = 0 an event is pruned as soon as the hub has confirmed it."""
    def once(directory):
        with broker(directory) as mosquitto, Subscriber(mosquitto.port, confirm=True, count=events) as subscriber, \
                running(program(), directory, mosquitto.url) as started:
            def work():
                load(started.port, count=events, **options)
                subscriber.result()
                time.sleep(3)  # pruning
            return written_by(directory, work) / events
    return once


def measure(bench):
    events = 20_000 if bench.quick else 200_000
    pruning = lambda: Agent(store={"keep_days": 0})  # noqa: E731
    runs = bench.alternate(1 if bench.quick else 5, **{how: accept_alone(how, events) for how in AT_100},
                           prototype=whole_life(Prototype, events, connections=64),
                           singles=whole_life(pruning, events, connections=64),
                           batches=whole_life(pruning, events, connections=4, batch=100))
    limits = ", ".join(f"{how} {frame.Figure.of(runs[how]).median:,.0f}" for how in AT_100)
    return [
        frame.row("disk, 64 connections, whole life", "B/event", runs["singles"], runs["prototype"], "prototype",
                  frame.at_most(1200, "B")),
        frame.row("disk, batches of 100, whole life", "B/event", runs["batches"], runs["runs"],
                  "bare runs, accepted alone", frame.at_most(450, "B"), f"to accept alone, 100 a commit: {limits}"),
    ]
