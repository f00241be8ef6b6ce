"""FAULTS F25: many stores lose their broker in the same moment. Real agents, one real broker, the real hub."""

import collections
import concurrent.futures
import json
import random
import re
import resource
import socket
import time

import pytest

import shop as parts
from fault_bench import WireTap
from shop import Agent, online, sale, wait_for

MOST_CONNECTS_PER_SECOND = 50


def quiet_ports():
    """Below those that the kernel gives to outgoing connections: so many are not free by chance."""
    for port in range(12_000, 32_000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                yield port


class Herd:
    def __init__(self, shop, broker, size, spread_s):
        self.agents = []
        ports = quiet_ports()
        for number in range(size):
            directory = shop.directory / f"store-{number:04d}"
            directory.mkdir()
            agent = Agent(directory, broker.url, tables={
                "site": {"id": f"store-{number:04d}"},
                "hub": {"compression": "none", "reconnect_spread_s": spread_s}})
            agent.port, agent.status_port = next(ports), next(ports)
            agent.tables["http"]["listen"] = f"127.0.0.1:{agent.port}"
            agent.tables["status"]["listen"] = f"127.0.0.1:{agent.status_port}"
            self.agents.append(shop.add(agent))

    def each(self, do):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            return list(pool.map(do, self.agents))


def sale_of(agent, number):
    """Ids are the source's own; the tap tells the stores apart by them."""
    return sale(number) | {"id": f"{agent.directory.name}-{number}"}


def hand_in(agent, events):
    agent.disconnect()  # the agent ends idle connections; the round over all takes longer than that
    status, answer = agent.post(events)
    assert status == 200 and all(one["status"] == "stored" for one in answer["results"])


def connects_per_second(broker_log):
    """Per second of the broker's own clock, of the agents only."""
    stamps = re.findall(r"^(\d+): New client connected from \S+ as storeward-acme", broker_log, re.MULTILINE)
    return collections.Counter(map(int, stamps))


@pytest.mark.measures
@pytest.mark.fault("F25")
def test_f25_a_herd_comes_back_without_trampling_the_broker(shop, full, figure):
    size, spread_s = (1_000, 30) if full else (60, 2)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8 * size + 1_000)), hard))
    broker = shop.broker(extra=["log_type notice"])
    hub = shop.hub(broker.url).start()
    herd = Herd(shop, broker, size, spread_s)
    herd.each(lambda agent: agent.start(120))  # the broker is away, as after an outage
    for number in range(3):
        herd.each(lambda agent: hand_in(agent, [sale_of(agent, number * 20 + i) for i in range(20)]))
    broker.start()
    wait_for("the whole herd", lambda: all(herd.each(online)), 300, 1)
    wait_for("the first sales to be confirmed", lambda: not any(herd.each(Agent.waiting)), 120, 1)

    broker.process.kill()
    wait_for("all to have noticed", lambda: not any(herd.each(online)), 60, 0.5)
    herd.each(lambda agent: hand_in(agent, [sale_of(agent, 100 + i) for i in range(50)]))
    before = len(broker.process.log.read_text())
    broker.start()
    tap = WireTap(shop, broker)
    began = time.time()

    # Each store that is back sells while the others still come and drain.
    sold, back, chance = {}, set(), random.Random(25)
    while len(back) < size and time.time() < began + 300:
        for agent in chance.sample(herd.agents, min(size, 40)):
            if not online(agent):
                continue
            back.add(agent.directory.name)
            live = sale_of(agent, 10_000 + len(sold))
            hand_in(agent, [live])
            sold[live["id"]] = time.time()
        back |= {agent.directory.name for agent, up in zip(herd.agents, herd.each(online)) if up}
    all_back = time.time() - began
    assert len(back) == size
    wait_for("the backlog to drain", lambda: not any(herd.each(Agent.waiting)), 120, 1)

    latencies = []
    for arrived, payload in tap.messages():
        for event in json.loads(payload):
            if event["id"] in sold:
                latencies.append(arrived - sold.pop(event["id"]))
    latencies.sort()
    assert not sold, f"{len(sold)} live sales were never seen on the wire"
    p99 = latencies[int(len(latencies) * 0.99)]
    connects = connects_per_second(broker.process.log.read_text()[before:])
    figure(f"{size} stores: all back after {all_back:.0f} s, at most {max(connects.values())} connects in a second, "
           f"{len(latencies)} live sales on the wire after {latencies[len(latencies) // 2] * 1000:.0f} ms (median), "
           f"{p99 * 1000:.0f} ms (p99)")
    assert max(connects.values()) <= MOST_CONNECTS_PER_SECOND
    assert p99 <= 2
    held = parts.assert_gapless_per_store(hub.events())
    assert len(held) == size
