"""FAULTS F12: the outbox's files are damaged; the agent comes back, keeps what is whole and names what is gone."""

import json
import os
import random
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
    missing = {number for name, number in answered.items() if name not in arrived}
    wait_for("the hub to be told of whatever is gone", lambda: missing <= announced_absent(broker, epoch))
    set_aside = list(agent.state.glob("damaged-*"))
    salvage = alert(agent, "outbox_salvaged")
    assert bool(set_aside) == bool(salvage), "what is damaged is set aside, and told"
    if missing:
        assert salvage and "lost" in salvage["detail"]
    if salvage:
        assert all((folder / "outbox.db").exists() for folder in set_aside)
        wait_for("the alert at the hub", lambda: "outbox_salvaged" in {
            event["data"]["kind"] for event in hub.events_of("agent.alert.raised.v1")})


def announced_absent(broker, epoch):
    """The sales that will never come, as the hub is told by the retained heads."""
    heads = subprocess.run(["mosquitto_sub", "-h", "127.0.0.1", "-p", str(broker.port), "-t", f"{ROOT}/heads", "-C", "1", "-W", "10"],
                           check=True, capture_output=True).stdout
    absent = json.loads(heads)["epochs"].get(epoch, {}).get("sales", {}).get("absent", [])
    return {number for first, last, _ in absent for number in range(first, last + 1)}
