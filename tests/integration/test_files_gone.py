"""FAULTS F12, F13: somebody deletes, moves, replaces or cuts the outbox's files. A running agent notices, answers no more 200,
and what it still holds is not lost; a start that does not find them says so."""

import os
import re
import shutil
import time

import pytest

from shop import alert, sale, wait_for
from test_damage import settled

IN_STORE = ("outbox.db", "outbox.db-wal", "outbox.db-shm", "outbox.tail")


def store(bench, agent, first, count):
    for at in range(first, first + count, 50):
        status, _ = bench.oracle.deliver(agent, [sale(n) for n in range(at, at + 50)])
        assert status == 200


def sell_until_refused(bench, agent, seconds=5):
    """Sells on until the agent will take no more; the seconds that took."""
    began = time.monotonic()
    for number in range(500_000, 600_000):
        try:
            status, _ = bench.oracle.deliver(agent, [sale(number)])
        except OSError:
            break  # it has ended
        if status == 503:
            break
        assert status == 200
        assert time.monotonic() - began < seconds, "still 200 on files that are gone"
    agent.disconnect()
    return time.monotonic() - began


def assert_all_arrives(bench, broker, hub, agent):
    accepted = set(bench.oracle.accepted["till-1"])
    broker.start()
    hub.start()
    wait_for("all that was answered `stored` at the hub",
             lambda: accepted <= {event["id"] for event in hub.events_of("retail.sale.completed.v1")}, 60)
    bench.oracle.saw(hub.events())
    bench.oracle.check()


def delete_all(state):
    for file in state.iterdir():
        if file.is_file():
            file.unlink()


def delete_database(state):
    for name in IN_STORE[:3]:
        (state / name).unlink()


def delete_wal(state):
    (state / "outbox.db-wal").unlink()


def move_directory(state):
    state.rename(f"{state}-moved")
    state.mkdir()


def put_an_older_copy_in_place(state):
    for name in IN_STORE[:2]:
        shutil.copy(state.parent / "backup" / name, state / f"{name}.new")
        (state / f"{name}.new").rename(state / name)


@pytest.mark.fault("F13")
@pytest.mark.parametrize("remove", [delete_all, delete_database, delete_wal, move_directory, put_an_older_copy_in_place])
def test_a_running_agent_writes_files_that_are_gone_anew_and_loses_nothing(bench, remove):
    broker = bench.shop.broker()
    hub = bench.shop.hub(broker.url)
    agent = bench.agent(broker.url).start()
    store(bench, agent, 0, 300)
    shutil.copytree(agent.state, agent.state.parent / "backup")
    store(bench, agent, 1000, 700)
    remove(agent.state)
    sell_until_refused(bench, agent)
    wait_for("its end", lambda: not agent.process.running(), 10)
    assert agent.process.child.returncode == 74
    assert "outbox.rescued" in agent.process.tail(), "it says what it has done"
    assert "outbox.rescued" in agent.cli("verify", check=False).stdout
    settled(agent)
    assert "written anew" in alert(agent, "outbox_salvaged")["detail"]
    store(bench, agent, 3000, 50)
    assert "clean" in agent.cli("verify").stdout
    assert_all_arrives(bench, broker, hub, agent)


@pytest.mark.fault("F13")
def test_files_deleted_just_before_the_end_are_written_anew(bench):
    broker = bench.shop.broker()
    hub = bench.shop.hub(broker.url)
    agent = bench.agent(broker.url).start()
    store(bench, agent, 0, 500)
    delete_all(agent.state)
    assert agent.stop() == 74
    agent.start()
    assert_all_arrives(bench, broker, hub, agent)


@pytest.mark.fault("F13")
def test_without_its_directory_an_agent_refuses_drains_and_goes_on_when_it_is_back(bench):
    broker = bench.shop.broker()
    hub = bench.shop.hub(broker.url)
    agent = bench.agent(broker.url).start()
    store(bench, agent, 0, 500)
    moved = agent.state.rename(f"{agent.state}-moved")
    sell_until_refused(bench, agent)
    wait_for("the status to say so", lambda: agent.status()["store"]["state"] == "damaged")
    assert agent.get("/readyz")[0] == 503
    assert str(moved / "outbox.db") in wait_for("the alert", lambda: alert(agent, "outbox_files_gone"))["detail"]
    done = agent.cli("verify", check=False)
    assert done.returncode == 74 and "clean" not in done.stdout and str(moved) in done.stdout
    broker.start()
    hub.start()
    wait_for("what it still holds at the hub", lambda: agent.waiting() == 0, 30)
    moved.rename(agent.state)
    wait_for("it to take sales again", lambda: agent.get("/readyz")[0] == 200)
    wait_for("the alert to be over", lambda: not alert(agent, "outbox_files_gone"))
    store(bench, agent, 1000, 50)
    assert agent.stop() == 0
    agent.start()
    wait_for("the rest", lambda: agent.waiting() == 0, 30)
    bench.oracle.saw(hub.events())
    bench.oracle.check()


@pytest.mark.fault("F12")
@pytest.mark.parametrize("name", ["outbox.db", "outbox.db-wal"])
def test_a_running_agent_notices_a_file_that_was_cut(bench, name):
    agent = bench.agent("mqtt://127.0.0.1:1").start()
    store(bench, agent, 0, 300)
    assert agent.stop() == 0
    agent.start()
    store(bench, agent, 1000, 700)
    os.truncate(agent.state / name, 0)
    sell_until_refused(bench, agent)
    wait_for("its end", lambda: not agent.process.running(), 10)
    assert agent.process.child.returncode == 74
    assert f"{name}: cut" in agent.process.tail()
    settled(agent)
    salvaged = alert(agent, "outbox_salvaged")["detail"]
    assert f"{name}: cut" in salvaged
    if name == "outbox.db":
        assert agent.status()["streams"]["sales"]["waiting"] >= 700  # what stands in the WAL
    else:
        assert int(re.search(r"(\d+) are lost", salvaged)[1]) >= 700


@pytest.mark.fault("F13")
@pytest.mark.parametrize("database", ["deleted", "cut to nothing"])
def test_what_stands_in_the_wal_outlives_its_database(bench, database):
    agent = bench.agent("mqtt://127.0.0.1:1").start()
    store(bench, agent, 0, 500)
    agent.kill()
    if database == "deleted":
        (agent.state / "outbox.db").unlink()
    else:
        os.truncate(agent.state / "outbox.db", 0)
    done = agent.cli("verify", check=False)
    assert done.returncode == 74 and "outbox.db" in done.stdout and "no outbox yet" not in done.stdout
    settled(agent)
    assert alert(agent, "outbox_salvaged")
    assert agent.status()["streams"]["sales"]["waiting"] == 500


@pytest.mark.fault("F13")
@pytest.mark.parametrize("left", ["outbox.tail", "reserve"])
def test_a_start_where_an_outbox_has_been_says_that_it_is_gone(bench, left):
    agent = bench.agent("mqtt://127.0.0.1:1").start()
    store(bench, agent, 0, 500)
    agent.kill()
    for file in agent.state.iterdir():
        if file.name != left:
            file.unlink()
    done = agent.cli("verify", check=False)
    assert done.returncode == 74 and "gone" in done.stdout
    settled(agent)
    detail = alert(agent, "outbox_salvaged")["detail"]
    assert "outbox.db is gone" in detail
    assert left == "reserve" or "500 are lost" in detail
