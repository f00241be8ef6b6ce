"""FAULTS F12, F13: `verify` names what is not there any more, and sees no loss where there is none."""

import os
import re
import threading

import pytest

from shop import alert, sale
from test_damage import settled
from test_files_gone import store


def wal_gone(wal):
    wal.unlink()


def wal_cut(wal):
    os.truncate(wal, wal.stat().st_size // 2)


def wal_zeroed_within(wal):
    with open(wal, "r+b") as file:
        file.seek(wal.stat().st_size // 2)
        file.write(bytes(4096))


def wal_header_zeroed(wal):
    with open(wal, "r+b") as file:
        file.write(bytes(32))


@pytest.mark.fault("F13")
@pytest.mark.parametrize("damage", [wal_gone, wal_cut, wal_zeroed_within, wal_header_zeroed])
def test_verify_names_what_the_wal_has_lost(bench, damage):
    agent = bench.agent("mqtt://127.0.0.1:1").start()
    store(bench, agent, 0, 500)
    agent.stop()
    agent.start()
    store(bench, agent, 1000, 1500)
    agent.kill()
    damage(agent.state / "outbox.db-wal")
    listed = agent.cli("outbox", "list", check=False)
    assert "2000" in listed.stdout.replace(",", "") and "verify" in listed.stdout
    done = agent.cli("verify", check=False)
    assert done.returncode == 1
    first = int(re.search(r"stream sales sequence (\d+): missing up to 2000", done.stdout)[1])
    assert first == 501 if damage in (wal_gone, wal_header_zeroed) else 501 < first < 2000
    assert "systemctl restart storeward" in done.stdout
    settled(agent)
    detail = alert(agent, "outbox_salvaged")["detail"]
    assert f"{2001 - first} are lost" in detail or damage is wal_zeroed_within  # what stands behind the zeros is saved


@pytest.mark.fault("F13")
def test_verify_says_what_is_gone_where_all_of_it_stood_in_the_wal(bench):
    agent = bench.agent("mqtt://127.0.0.1:1").start()
    store(bench, agent, 0, 500)
    agent.kill()
    wal_gone(agent.state / "outbox.db-wal")
    done = agent.cli("verify", check=False)
    assert done.returncode == 74
    assert "sales 1 to 500" in done.stdout and "schema version" not in done.stdout
    assert "systemctl restart storeward" in done.stdout


@pytest.mark.fault("F12")
def test_verify_says_where_a_database_was_cut(bench):
    agent = bench.agent("mqtt://127.0.0.1:1").start()
    store(bench, agent, 0, 2000)
    assert agent.stop() == 0
    database = agent.state / "outbox.db"
    pages = database.stat().st_size // 4096
    os.truncate(database, pages // 2 * 4096)
    done = agent.cli("verify", check=False)
    assert done.returncode in (1, 74)
    assert f"ends after page {pages // 2} of {pages}" in done.stdout, done.stdout


@pytest.mark.fault("F13")
def test_verify_beside_an_agent_under_load_sees_no_damage(bench):
    agent = bench.agent("mqtt://127.0.0.1:1").start()
    stop = threading.Event()

    def sell():
        number = 0
        while not stop.is_set():
            bench.oracle.deliver(agent, [sale(number)])
            number += 1

    till = threading.Thread(target=sell)
    till.start()
    try:
        for _ in range(20):
            assert "clean" in agent.cli("verify").stdout
    finally:
        stop.set()
        till.join()
    assert len(bench.oracle.accepted["till-1"]) > 20
