"""With the hub away events wait in any number: starting, memory and order do not depend on how many."""

import json
import time

import pytest

import shop as parts
from shop import memory_mib, wait_for


@pytest.mark.measures
@pytest.mark.fault("F4")
def test_a_large_backlog_costs_nothing_at_start_and_drains_in_order(shop, full, figure):
    count = 1_000_000 if full else 100_000
    broker = shop.broker()
    agent = shop.agent(broker.url).start()
    parts.fill(agent, count)
    waiting = agent.waiting()
    assert waiting == count
    peak_accepting = memory_mib(agent)

    agent.kill()
    begun = time.monotonic()
    agent.start()
    assert agent.post([parts.sale(1)])[1]["results"][0]["status"] == "stored"
    ready_after = time.monotonic() - begun
    assert agent.waiting() == count + 1

    hub = shop.hub(broker.url)
    broker.start()
    hub.start()
    wait_for("the backlog to drain", lambda: agent.waiting() == 0, 600 if full else 120)
    peak_draining = memory_mib(agent)
    figure(f"{count} waiting: ready after {ready_after:.2f} s; peak memory {peak_accepting:.0f} MiB accepting, "
           f"{peak_draining:.0f} MiB draining")
    # The promise is 1 s and 40 MiB for a release; the debug build of the tests gets some room.
    assert ready_after < 2
    assert peak_accepting < 60 and peak_draining < 60

    order = {}
    for line in hub.events():
        event = json.loads(line)
        order.setdefault((event["epoch"], event["stream"]), []).append(int(event["sequence"]))
    assert sum(map(len, order.values())) == count + 1
    for sequences in order.values():
        assert sequences == list(range(1, len(sequences) + 1))
