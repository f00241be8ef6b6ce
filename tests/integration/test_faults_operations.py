"""FAULTS of operation: upgrades, commands that are misused, and time itself."""

import hashlib
import json
import os
import pathlib
import random
import sqlite3
import statistics
import subprocess
import time

import pytest

import shop as parts
from fault_bench import ROOT, WireTap
from shop import alert, sale, wait_for


def make_version_1(agent):
    """The outbox as the first version of the schema left it: what later migrations added is taken away again."""
    def names(connection, sql):
        return [name for name, in connection.execute(sql).fetchall()]

    first = sqlite3.connect(":memory:")
    first.executescript((pathlib.Path(__file__).parents[2] / "store/migrations/0001_outbox.sql").read_text())
    database = sqlite3.connect(agent.state / "outbox.db")
    with database:
        for kind in ("index", "table"):
            all_of_kind = f"SELECT name FROM sqlite_master WHERE sql IS NOT NULL AND type='{kind}'"
            for name in set(names(database, all_of_kind)) - set(names(first, all_of_kind)):
                database.execute(f"DROP {kind} {name}")
        for table in names(first, "SELECT name FROM sqlite_master WHERE type='table'"):
            columns = f"SELECT name FROM pragma_table_info('{table}')"
            for column in set(names(database, columns)) - set(names(first, columns)):
                database.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        database.execute("PRAGMA user_version=1")
    database.close()


def version_of(agent):
    database = sqlite3.connect(f"file:{agent.state}/outbox.db?mode=ro", uri=True)
    try:
        return database.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.OperationalError:  # locked
        return 1
    finally:
        database.close()


@pytest.mark.fault("F49")
def test_f49_an_upgrade_that_is_killed_again_and_again_resumes_with_all_that_waits(shop, full, figure):
    count = 1_000_000 if full else 20_000
    seed = int(os.environ.get("STOREWARD_SEED", random.randrange(1 << 32)))
    print(f"STOREWARD_SEED={seed}")
    moment = random.Random(seed)
    broker = shop.broker()
    agent = shop.agent(broker.url).start()
    parts.fill(agent, count)
    epoch = agent.status()["epoch"]
    agent.stop()
    make_version_1(agent)
    newest = len(list((pathlib.Path(__file__).parents[2] / "store/migrations").glob("*.sql")))
    left_at = []
    for _ in range(20):
        if version_of(agent) == newest:
            make_version_1(agent)
        target = moment.randint(version_of(agent) + 1, newest)
        agent.spawn()
        wait_for("the migration to have come so far", lambda: version_of(agent) >= target, 60, 0)
        agent.kill()
        left_at.append(version_of(agent))
    within = [version for version in left_at if version < newest]
    figure(f"{len(within)} of 20 kills fell into the migration, at versions {sorted(set(within))} of {newest}")
    assert within, "no kill has met the migration"
    begun = time.monotonic()
    agent.start()
    figure(f"{count} waiting: ready {time.monotonic() - begun:.2f} s after the last kill")
    assert agent.status()["epoch"] == epoch, "the upgrade was taken for damage or a copy"
    assert agent.waiting() == count
    hub = shop.hub(broker.url)
    broker.start()
    hub.start()
    assert agent.post([sale(1)])[1]["results"][0]["status"] == "stored"
    wait_for("the backlog to drain", lambda: agent.waiting() == 0, 600 if full else 120)
    order = {}
    for line in hub.events():
        event = json.loads(line)
        order.setdefault((event["epoch"], event["stream"]), []).append(int(event["sequence"]))
    assert sum(map(len, order.values())) == count + 1
    for sequences in order.values():
        assert sequences == list(range(1, len(sequences) + 1))
    agent.stop()
    assert "clean" in agent.cli("verify").stdout


@pytest.mark.fault("F49")
def test_f49_an_older_program_refuses_the_outbox_of_a_newer_one_and_leaves_it_alone(shop):
    agent = shop.agent(shop.broker().url).start()
    assert agent.post([sale(n) for n in range(100)])[0] == 200
    agent.stop()
    file = agent.state / "outbox.db"
    database = sqlite3.connect(file)
    version = database.execute("PRAGMA user_version").fetchone()[0]
    database.execute("PRAGMA user_version=99")
    database.close()
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    agent.spawn()
    assert agent.process.child.wait(20) == 74
    assert "version 99" in agent.process.tail() and "install the newer storeward" in agent.process.tail()
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before
    assert not list(agent.state.glob("*damaged*"))
    database = sqlite3.connect(file)
    database.execute(f"PRAGMA user_version={version}")
    database.close()
    agent.start()
    assert agent.waiting() == 100


def publish(broker, topic, command):
    subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker.port), "-V", "5", "-q", "1", "-t", topic,
                    "-D", "publish", "response-topic", f"{ROOT}/reply", "-m", json.dumps(command)], check=True)


@pytest.mark.native
@pytest.mark.fault("F54")
def test_f54_replays_asked_for_without_end_repeat_within_bounds_and_delay_no_sale(bench, figure):
    broker, hub, tap, proxy, agent = bench.tapped_line()
    old = [sale(n) for n in range(5_000)]
    for first in range(0, len(old), 500):
        assert bench.oracle.deliver(agent, old[first:first + 500])[0] == 200
    wait_for("the old sales to be confirmed", lambda: agent.waiting() == 0)
    epoch = agent.status()["epoch"]
    misuse = [
        ("--stream", "sales", "--from", "1", "--to", "5000"), ("--stream", "sales", "--from", "9", "--to", "2"),
        ("--stream", "sales", "--from", "4990", "--to", "99999999"), ("--stream", "finance", "--from", "1", "--to", "9"),
        ("--stream", "sales", "--from", "1", "--to", "9", "--epoch", "019a0000-0000-7000-8000-000000000001")]
    answers = set()
    arrival = []
    began = time.monotonic()
    for turn in range(40):
        answers.add(agent.cli("outbox", "replay", *misuse[turn % len(misuse)], check=False).returncode)
        publish(broker, f"{ROOT}/down/command",
                {"command": "replay", "epoch": epoch, "stream": "sales", "from": 1, "to": 5000})
        live = sale(10_000 + turn)
        begun = time.monotonic()
        assert bench.oracle.deliver(agent, [live])[0] == 200
        wait_for("a live sale on the wire", lambda: any(
            live["id"].encode() in payload for _, payload in tap.messages()[-40:]), 10, 0.02)
        arrival.append(time.monotonic() - begun)
    wait_for("everything to be confirmed", lambda: agent.waiting() == 0)
    assert answers == {0, 1, 2}, "taken, nothing of it there, and backwards"
    assert agent.process.running()
    bench.oracle.saw_messages(payload for _, payload in tap.messages())
    repeats = bench.oracle.check()
    lasted = time.monotonic() - began
    figure(f"{repeats} repeats for 48 replays of 5,000 in {lasted:.0f} s; a live sale was on the wire after "
           f"{statistics.median(arrival) * 1000:.0f} ms (median), {max(arrival) * 1000:.0f} ms at most")
    assert 5_000 <= repeats <= 5_000 * (2 + lasted / 5)  # each at most once in 5 s
    assert max(arrival) < 5
    assert len(hub.events()) == 5_040
    assert "asks to replay" in agent.process.log.read_text(), "who asked is not on record"


@pytest.mark.fault("F54")
def test_f54_what_was_never_sent_is_not_replayed(bench):
    broker = bench.shop.broker()  # not started
    agent = bench.agent(broker.url).start()
    assert bench.oracle.deliver(agent, [sale(n) for n in range(20)])[0] == 200
    for _ in range(3):
        agent.cli("outbox", "replay", "--stream", "sales", "--from", "1", "--to", "20", check=False)
    broker.start()
    tap = WireTap(bench.shop, broker)
    hub = bench.shop.hub(broker.url).start()
    wait_for("the sales to be confirmed", lambda: agent.waiting() == 0)
    time.sleep(6)  # a range is repeated once in 5 s
    bench.oracle.saw_messages(payload for _, payload in tap.messages())
    sequences = [int(event["sequence"]) for event in map(json.loads, bench.oracle.wire) if event["stream"] == "sales"]
    assert sequences == list(range(1, 21)), "each goes once, as if nobody had asked"
    bench.all_at(hub)


@pytest.mark.fault("F53")
@pytest.mark.parametrize("then", ["as it was left", "with new sales"])
def test_f53_a_tail_that_was_cut_off_with_care_is_shown_by_what_the_hub_holds(shop, then):
    _, hub, agent = shop.open(tables={"hub": {"reconnect_spread_s": 1}})
    for n in range(10):
        assert agent.post([sale(n)])[0] == 200
    wait_for("all to be confirmed", lambda: agent.waiting() == 0)
    epoch = agent.status()["epoch"]
    assert agent.stop() == 0
    cut_tail(agent, 7)
    assert agent.cli("verify", check=False).returncode == 0, "the cut is such that the agent alone cannot know"
    if then == "with new sales":  # before it sees the hub, under the numbers of those that were cut off
        url, agent.tables["hub"]["url"] = agent.tables["hub"]["url"], "mqtt://127.0.0.1:1"
        agent.start()
        assert agent.post([sale(n) for n in range(20, 25)])[0] == 200
        assert agent.stop() == 0
        agent.tables["hub"]["url"] = url
    agent.start()
    shown = wait_for("the alert", lambda: alert(agent, "restored_copy"))
    assert "older copy" in shown["detail"] or "other events" in shown["detail"]
    assert agent.post([sale(30)])[0] == 200
    wait_for("all to be confirmed", lambda: agent.waiting() == 0)
    events = [json.loads(line) for line in hub.events()]
    new = {f"till-1-{n:08d}" for n in ([*range(20, 25), 30] if then == "with new sales" else [30])}
    sales = {event["id"]: event["epoch"] for event in events if event["stream"] == "sales"}
    assert set(sales) == {f"till-1-{n:08d}" for n in range(10)} | new, "what was cut off here is there, and nothing is in its place"
    assert {id for id, held in sales.items() if held != epoch} == new


def cut_tail(agent, last):
    """Takes the sales behind `last` away and lets every checksum fit, as one would who wants no trace of them."""
    with sqlite3.connect(agent.state / "outbox.db") as database:
        database.create_function("crc32c", -1, crc32c_of_values, deterministic=True)
        before, = database.execute("SELECT max(last) FROM run WHERE (key >> 44) & 7 = 0").fetchone()
        assert before > last
        database.execute("DELETE FROM run WHERE (key >> 44) & 7 = 0 AND last > ?", [last])
        assert database.execute("SELECT max(last) FROM run WHERE (key >> 44) & 7 = 0").fetchone() == (last,)
        database.execute("UPDATE stream SET confirmed=min(confirmed,?1), published=min(published,?1), merged_through=min(merged_through,?1)"
                         " WHERE stream=0", [last])
        database.execute(
            "UPDATE stream SET crc=crc32c(epoch_no,stream,confirmed,published,pruned_through,merged_through,pruned_chain)")
    database.close()
    (agent.state / "outbox.tail").unlink()  # would tell by itself


def crc32c_of_values(*values):
    """As store/sqlite.cpp has it."""
    crc = 0xffffffff
    for value in values:
        number = value if isinstance(value, int) else len(value)
        for byte in (number & (1 << 64) - 1).to_bytes(8, "little") + (b"" if isinstance(value, int) else value):
            crc ^= byte
            for _ in range(8):
                crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff
