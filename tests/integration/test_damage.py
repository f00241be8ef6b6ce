"""FAULTS F12: the outbox's files are damaged; the agent comes back, keeps what is whole and names what is gone."""

import json
import os
import random
import shutil
import struct
import subprocess
import time

import pytest

from fault_bench import ROOT
from shop import alert, sale, wait_for


def pytest_generate_tests(metafunc):
    if "number" in metafunc.fixturenames:
        metafunc.parametrize("number", range(100 if metafunc.config.getoption("--full") else 4))


def damage(rng, file):
    size = file.stat().st_size
    page = rng.randrange(size // 4096)
    with open(file, "r+b") as target:
        kind = rng.choice(["zeroed", "flipped", "cut"])
        if kind == "zeroed":
            target.seek(page * 4096)
            target.write(bytes(4096))
        elif kind == "flipped":
            place = rng.randrange(size)
            target.seek(place)
            byte = target.read(1)[0]
            target.seek(place)
            target.write(bytes([byte ^ (1 << rng.randrange(8))]))
        else:
            target.truncate(max(4096, page * 4096))
    return f"{file.name} {kind} at page {page}"


def settled(agent):
    """Starts the agent as systemd does, again and again, until it has stayed up for two seconds."""
    for _ in range(6):
        agent.disconnect()
        agent.process.child.wait(20)  # it closes its ports before it gives up the outbox
        agent.spawn()
        ended = time.monotonic() + 2
        while time.monotonic() < ended and agent.process.running():
            time.sleep(0.05)
        if agent.process.running():
            wait_for("the agent to be ready", agent.ready, 30)
            return
        assert agent.process.child.returncode == 74
    pytest.fail("the agent does not come back: " + agent.process.tail())


@pytest.mark.fault("F12")
def test_f12_after_damage_anywhere_every_event_arrives_or_is_named_as_lost(shop, number):
    seed = int(os.environ.get("STOREWARD_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"STOREWARD_SEED={seed}")
    rng = random.Random(seed)
    broker = shop.broker()
    agent = shop.agent(broker.url, tables={"hub": {"reconnect_spread_s": 1}}).start()
    answered = {}
    restart_at = 50 * rng.randrange(80)  # until then all of it stands in the WAL, and the database has one page
    for first in range(0, 4000, 50):
        if first == restart_at:
            assert agent.stop() == 0
            agent.start()
        status, answer = agent.post([sale(i) for i in range(first, first + 50)])
        assert status == 200
        for item in answer["results"]:
            answered[item["id"]] = int(item["sequence"])
    epoch = agent.status()["epoch"]
    agent.kill()
    files = [agent.state / name for name in ("outbox.db", "outbox.db-wal") if (agent.state / name).stat().st_size > 8192]
    what = [damage(rng, rng.choice(files)) for _ in range(rng.randint(1, 3))]
    print(what)

    begun = time.monotonic()
    settled(agent)
    assert agent.post([sale(999_999)])[1]["results"][0]["status"] == "stored"
    assert time.monotonic() - begun < 30

    # Damage that nobody has read yet shows itself when it is to be sent, or to `verify`.
    broker.start()
    hub = shop.hub(broker.url).start()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if agent.waiting() == 0:
                break
        except OSError:
            settled(agent)
        time.sleep(0.1)
    assert agent.waiting() == 0
    last = sale(999_999)["id"]
    wait_for("the last sale at the hub", lambda: last in {json.loads(line)["id"] for line in hub.events()})

    arrived = {}
    for line in hub.events():
        event = json.loads(line)
        arrived.setdefault(event["id"], []).append((event["epoch"], int(event["sequence"])))
    assert all(len(places) == 1 for places in arrived.values())
    handed_in = {one["id"]: one["data"] for one in map(sale, (*range(4000), 999_999))}
    for event in hub.events_of("retail.sale.completed.v1"):
        assert event["data"] == handed_in[event["id"]], f"{event['id']} is not what the till handed in"
    missing = {number for name, number in answered.items() if name not in arrived}
    wait_for("the hub to be told of whatever is gone", lambda: missing <= announced_lost(broker, epoch))
    set_aside = list(agent.state.glob("damaged-*"))
    salvage = alert(agent, "outbox_salvaged")
    assert bool(set_aside) == bool(salvage), "what is damaged is set aside, and told"
    if missing:
        assert f" {len(missing)} are lost" in salvage["detail"]
    if salvage:
        assert all((folder / "outbox.db").exists() for folder in set_aside)
        wait_for("the alert at the hub", lambda: "outbox_salvaged" in {
            event["data"]["kind"] for event in hub.events_of("agent.alert.raised.v1")})


@pytest.mark.fault("F12")
@pytest.mark.parametrize("confirmed", [0, 200])
def test_f12_what_half_a_wal_has_lost_is_told_as_lost_and_not_as_pruned(shop, confirmed):
    broker = shop.broker()
    hub = shop.hub(broker.url)
    agent = shop.agent(broker.url, tables={"hub": {"reconnect_spread_s": 1}}).start()
    if confirmed:
        broker.start()
        hub.start()
        deliver(agent, 0, confirmed)
        wait_for("the hub to confirm", lambda: agent.waiting() == 0, 30)
        wait_for("the cursor to be saved", lambda: confirmed_in_tail(agent) == confirmed, 10)
        hub.stop()
        broker.stop()
    deliver(agent, 10_000, 800)
    epoch = agent.status()["epoch"]
    agent.kill()
    wal = agent.state / "outbox.db-wal"
    with open(wal, "r+b") as target:
        half = wal.stat().st_size // 2
        target.seek(32)
        target.write(bytes(half))

    settled(agent)
    broker.start()
    hub.start()
    wait_for("everything that was kept at the hub", lambda: agent.waiting() == 0, 60)
    arrived = {event["id"] for event in map(json.loads, hub.events())}
    expected = [sale(number)["id"] for number in range(10_000, 10_800)]
    missing = [name for name in expected if name not in arrived]
    assert missing, "half of the WAL held something"
    detail = alert(agent, "outbox_salvaged")["detail"]
    assert f" {len(missing)} are lost" in detail, detail
    lost = announced_lost(broker, epoch)
    assert len(lost) == len(missing), "what the hub has is not announced as lost"
    assert min(lost) > confirmed


@pytest.mark.fault("F13")
def test_f13_a_wal_of_another_agent_is_refused_and_what_it_took_the_place_of_is_told_as_lost(shop):
    broker = shop.broker()
    agent = shop.agent(broker.url, tables={"hub": {"reconnect_spread_s": 1}}).start()
    deliver(agent, 0, 300)
    epoch = agent.status()["epoch"]
    agent.kill()
    other = shop.agent(broker.url, name="other").start()
    deliver(other, 1_000, 50)
    other.kill()
    shutil.copy(other.state / "outbox.db-wal", agent.state / "outbox.db-wal")

    settled(agent)
    deliver(agent, 2_000, 50)
    broker.start()
    hub = shop.hub(broker.url).start()
    wait_for("what is new at the hub", lambda: agent.waiting() == 0, 60)
    events = [event for event in map(json.loads, hub.events()) if event["type"].startswith("retail.")]
    assert {event["id"] for event in events} == {sale(number)["id"] for number in range(2_000, 2_050)}
    assert not any("/other/" in event["source"] for event in events)
    assert announced_lost(broker, epoch) == set(range(1, 301))
    detail = alert(agent, "outbox_salvaged")["detail"]
    assert " 300 are lost" in detail and "50 are of another agent or another outbox" in detail, detail
    assert (next(agent.state.glob("damaged-*")) / "outbox.db-wal").exists()


def deliver(agent, first, count):
    agent.disconnect()
    for at in range(first, first + count, 50):
        numbers = range(at, min(at + 50, first + count))
        status, answer = agent.post([sale(number, note=random.randbytes(200).hex()) for number in numbers])
        assert status == 200 and all(item["status"] == "stored" for item in answer["results"])


def confirmed_in_tail(agent):
    """How far the sales are confirmed, as store/tail_file.h lays it out."""
    return struct.unpack_from("<Q", (agent.state / "outbox.tail").read_bytes(), 64)[0]


def announced_lost(broker, epoch):
    """The sales that are lost, as the hub is told by the retained heads."""
    heads = subprocess.run(["mosquitto_sub", "-h", "127.0.0.1", "-p", str(broker.port), "-t", f"{ROOT}/heads", "-C", "1", "-W", "10"],
                           check=True, capture_output=True).stdout
    absent = json.loads(heads)["epochs"].get(epoch, {}).get("sales", {}).get("absent", [])
    return {number for first, last, reason in absent if reason == "salvage" for number in range(first, last + 1)}
