"""FAULTS F7 on a real disk that is full to the last byte: the agent starts, drains, saves how far it came and takes
again by itself, however small its reserve; nothing is answered falsely."""

import json
import os

import pytest

from shop import can_connect, sale, wait_for
from small_disk import SmallDisk

MIB = 1 << 20


@pytest.fixture
def disk(shop):
    made = []

    def mount(name, size):
        made.append(SmallDisk(shop.directory / name, size))
        return made[-1]

    yield mount
    shop.close()
    for one in made:
        one.unmount()


def sell(bench, agent, first, count, note=0):
    """The answers' statuses, fifty sales a request."""
    return [bench.oracle.deliver(agent, [sale(n, note=os.urandom(note).hex()) for n in range(at, at + 50)])[0]
            for at in range(first, first + count, 50)]


def takes(bench, agent, first):
    """Until a sale is stored; each try is another one."""
    agent.disconnect()  # the agent has closed a connection that was idle for long
    numbers = iter(range(first, first + 1000))
    wait_for("the agent to take a sale", lambda: bench.oracle.deliver(agent, [sale(next(numbers))])[0] == 200, 15, 0.25)


def confirmed_on_disk(agent):
    """As the database says, not the agent's memory: cursors are saved."""
    streams = json.loads(agent.cli("outbox", "list", "--json").stdout)["streams"]
    return all(stream["confirmed"] == stream["last"] for stream in streams)


def restart(agent):
    """Whether or not it can take anything yet."""
    agent.disconnect()
    agent.spawn()
    wait_for("the agent to serve its status", lambda: can_connect(agent.status_port))
    return agent


def agent_on(bench, broker, reserve):
    agent = bench.agent(broker.url)
    agent.tables["store"].pop("reserve_bytes")
    if reserve is not None:
        agent.tables["store"]["reserve_bytes"] = reserve
    return agent


@pytest.mark.fault("F7")
@pytest.mark.parametrize("end", ["stop", "kill"])
@pytest.mark.parametrize("reserve", [None, MIB, 0], ids=["default", "1MiB", "none"])
def test_an_agent_that_is_started_on_a_full_disk_drains(bench, disk, reserve, end):
    full = disk("state-main", "256m")
    broker = bench.shop.broker()
    hub = bench.shop.hub(broker.url)
    agent = agent_on(bench, broker, reserve).start()
    assert set(sell(bench, agent, 0, 1000, note=300)) == {200}
    getattr(agent, end)()
    full.fill()
    broker.start(), hub.start()
    restart(agent)
    wait_for("the hub to have it all", lambda: agent.waiting() == 0)
    wait_for("the cursors to be saved", lambda: confirmed_on_disk(agent))
    full.fill()
    assert set(sell(bench, agent, 2000, 500, note=300)) <= {200, 503}
    wait_for("the hub to have it all", lambda: agent.waiting() == 0)
    full.tidy()
    takes(bench, agent, 6000)
    bench.all_at(hub)


@pytest.mark.fault("F7")
@pytest.mark.parametrize("reserve", [None, MIB, 0], ids=["default", "1MiB", "none"])
def test_a_disk_that_another_program_fills_twice_is_survived(bench, disk, reserve):
    full = disk("state-main", "256m")
    broker = bench.shop.broker()
    hub = bench.shop.hub(broker.url)
    agent = agent_on(bench, broker, reserve).start()
    assert set(sell(bench, agent, 0, 5000, note=300)) == {200}  # some of it is in the log alone
    full.fill()
    answers = sell(bench, agent, 10_000, 10_000, note=300)
    full.fill()  # what the agent has given up
    answers += sell(bench, agent, 30_000, 10_000, note=300)
    full.fill()
    assert 503 in answers and set(answers) <= {200, 503}
    broker.start(), hub.start()
    wait_for("the hub to have it all", lambda: agent.waiting() == 0)
    wait_for("the cursors to be saved", lambda: confirmed_on_disk(agent))
    agent.kill()
    restart(agent)
    assert agent.waiting() == 0
    full.tidy()
    takes(bench, agent, 60_000)
    bench.all_at(hub)


@pytest.mark.fault("F7")
@pytest.mark.parametrize("size,reserve", [("8m", MIB), ("8m", 0), ("16m", 4 * MIB)], ids=["8m-1MiB", "8m-none", "16m-4MiB"])
def test_an_agent_that_has_filled_its_disk_takes_again_without_more_room(bench, disk, size, reserve):
    full = disk("state-main", size)
    broker = bench.shop.broker()
    hub = bench.shop.hub(broker.url)
    agent = agent_on(bench, broker, reserve).start()
    refused = 0
    for first in range(0, 400_000, 50):
        refused += sell(bench, agent, first, 50, note=300) == [503]
        if refused == 20:
            break
    assert refused == 20
    broker.start(), hub.start()
    wait_for("the hub to have it all", lambda: agent.waiting() == 0, 60)
    wait_for("the cursors to be saved", lambda: confirmed_on_disk(agent))
    takes(bench, agent, 1_000_000)
    agent.kill()
    restart(agent)
    takes(bench, agent, 2_000_000)
    bench.all_at(hub)


@pytest.mark.fault("F7")
def test_a_disk_that_is_full_for_logs_only_stops_nothing(bench, disk):
    full = disk("logs", "1m")
    broker = bench.shop.broker().start()
    hub = bench.shop.hub(broker.url).start()
    agent = bench.agent(broker.url)
    (agent.directory / "main.log").symlink_to(full.path / "main.log")
    agent.start()
    full.fill()
    assert sell(bench, agent, 0, 100) == [200, 200]
    broker.restart()  # gives it something to say
    bench.all_at(hub)
    agent.kill()
    agent.start()
    takes(bench, agent, 1000)
    bench.all_at(hub)
    assert agent.stop() == 0
