"""Ten million events waiting, random ids, hub away: requests beside an empty outbox, memory, start after kill -9."""

import time

import frame
import machine
from programs import Agent, load, running

BYTES_AN_EVENT = 400  # on the disk while they wait, with room to spare


def requests(agent, seconds):
    """Single posts of 64 tills, as fast as they go; then batches with random ids."""
    def once(_directory):
        return {"single": load(agent.port, connections=64, seconds=seconds),
                "batch": load(agent.port, connections=8, batch=100, seconds=seconds, random_ids=True)}
    return once


def start_ms(agent):
    agent.kill()
    begun = time.monotonic()
    agent.spawn()
    return (time.monotonic() - begun) * 1000


def fill(agent, events):
    load(agent.port, connections=4, batch=500, count=events, random_ids=True)


def measure(bench):
    events = bench.large_backlog
    if bench.free_bytes() < 2 * BYTES_AN_EVENT * events:
        raise RuntimeError(f"{events:,} events need {2 * BYTES_AN_EVENT * events / 1e9:.0f} GB below {bench.scratch}")
    with bench.directory() as one, bench.directory() as other, \
            running(Agent(), one) as empty, running(Agent(), other) as full:
        time.sleep(1)
        fill(full, 20_000)  # its buffers have grown
        before = machine.memory_mb(full.pids()[:1])
        fill(full, events)
        after = machine.memory_mb(full.pids()[:1])
        runs = bench.alternate(empty=requests(empty, bench.seconds), full=requests(full, bench.seconds))
        waiting = full.waiting()
        starts = [start_ms(full) for _ in range(bench.rounds)]
        restarted = machine.memory_mb(full.pids()[:1])

    def of(outbox, how, key, scale=1.0):
        return [result[how][key] * scale for result in runs[outbox]]

    beside = "agent, next to nothing waiting"
    return [
        frame.row(f"single POSTs, {waiting:,} waiting", "events/s", of("full", "single", "rate"),
                  of("empty", "single", "rate"), beside, frame.ratio_at_least(0.9, "empty")),
        frame.row("p50 of these", "ms", of("full", "single", "p50_us", 1e-3), of("empty", "single", "p50_us", 1e-3),
                  beside, frame.ratio_at_most(1.1, "empty")),
        frame.row("p99 of these", "ms", of("full", "single", "p99_us", 1e-3), of("empty", "single", "p99_us", 1e-3),
                  beside, frame.ratio_at_most(1.1, "empty")),
        frame.row(f"batches of 100, random ids, {waiting:,} in the horizon", "events/s", of("full", "batch", "rate"),
                  of("empty", "batch", "rate"), beside, frame.ratio_at_least(0.9, "empty")),
        frame.row(f"memory per id in the horizon, after {events:,}", "B", [(after - before) * 1e6 / events],
                  goal=frame.at_most(2, "B"), remark=f"{after:.1f} MB resident in all, {restarted:.1f} MB after a restart"),
        frame.row(f"start to ready, {waiting:,} waiting", "ms", starts, goal=frame.at_most(200, "ms")),
    ]
