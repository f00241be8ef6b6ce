"""FAULTS F12: the outbox's files are damaged; the agent comes back, keeps what is whole and names what is gone."""

import json
import random
import time

import pytest

from shop import sale, wait_for


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
@pytest.mark.parametrize("number", range(4))
def test_f12_after_damage_anywhere_every_event_arrives_or_is_named_as_lost(shop, number):
    seed = random.SystemRandom().randrange(1 << 32)
    rng = random.Random(seed)
    broker = shop.broker()
    agent = shop.agent(broker.url, tables={"hub": {"reconnect_spread_s": 1}}).start()
    answered = {}
    for first in range(0, 4000, 50):
        status, answer = agent.post([sale(i) for i in range(first, first + 50)])
        assert status == 200
        for item in answer["results"]:
            answered[item["id"]] = int(item["sequence"])
    epoch = agent.status()["epoch"]
    agent.kill()
    files = [agent.state / name for name in ("outbox.db", "outbox.db-wal") if (agent.state / name).stat().st_size > 8192]
    what = [damage(rng, rng.choice(files)) for _ in range(rng.randint(1, 3))]
    print(f"seed {seed}: {what}")

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
    if missing:
        lost = [one["detail"] for one in agent.status()["alerts"] if one["kind"] == "outbox_salvaged"]
        assert lost and "lost" in lost[0]
        assert missing <= announced_absent(agent, epoch)
    for file in agent.state.glob("damaged-*"):
        assert (file / "outbox.db").exists()


def announced_absent(agent, epoch):
    numbers = set()
    for stream in json.loads(agent.cli("outbox", "list", "--json").stdout)["streams"]:
        if stream["epoch"] == epoch and stream["stream"] == "sales":
            for first, last, _ in stream["absent"]:
                numbers.update(range(first, last + 1))
    return numbers
