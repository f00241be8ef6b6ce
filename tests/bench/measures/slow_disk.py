"""A disk whose every sync takes 2 or 10 ms longer (a preloaded shim): group commit at work, 256 connections."""

import frame
from programs import TOOLS, Agent, BareIntake, load, running


def play(program, delay_ms, seconds):
    preload = {"LD_PRELOAD": str(TOOLS / "libbench-slow-disk.so"), "STOREWARD_SYNC_DELAY_MS": str(delay_ms)}

    def once(directory):
        with running(program(preload=preload), directory) as started:
            return load(started.port, connections=256, seconds=seconds)["rate"]
    return once


def measure(bench):
    rows = []
    for delay_ms in (2, 10):
        runs = bench.alternate(bare=play(BareIntake, delay_ms, bench.seconds), agent=play(Agent, delay_ms, bench.seconds))
        rows.append(frame.row(f"256 connections, syncs {delay_ms} ms slower", "events/s", runs["agent"], runs["bare"],
                              "bare RESTinio + SQLite", frame.ratio_at_least(0.8, "bare")))
    return rows
