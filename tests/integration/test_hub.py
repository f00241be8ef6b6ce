"""The reference hub: it confirms only what it holds, whatever happens to it, its database and the broker."""

import json
import os
import random
import signal
import subprocess
import time

import pytest

from shop import assert_gapless, sale, wait_for


def post_all(agent, first, count, batch=20):
    answered = {}
    for start in range(first, first + count, batch):
        status, answer = agent.post([sale(n) for n in range(start, start + batch)])
        assert status == 200, answer
        for result in answer["results"]:
            assert result["status"] in ("stored", "duplicate"), result
            answered[result["id"]] = (result["stream"], result["sequence"])
    return answered


def confirmed_on_the_wire(broker):
    """What the hub has told all the world of the one agent's sales: its retained ack, as a subscriber gets it."""
    said = subprocess.run(["mosquitto_sub", "-V", "mqttv5", "-h", "127.0.0.1", "-p", str(broker.port), "-t",
                           "storeward/v1/acme/store-0042/main/ack", "-C", "1", "-W", "2"],
                          stdout=subprocess.PIPE).stdout
    epochs = json.loads(said)["epochs"] if said else {}
    assert len(epochs) < 2
    return next(iter(epochs.values()), {}).get("confirmed", {}).get("sales", 0)


def assert_holds_exactly(hub, answered):
    events = [json.loads(line) for line in hub.events()]
    assert len(events) == len(answered)
    assert {event["id"]: (event["stream"], int(event["sequence"])) for event in events} == answered
    assert_gapless(hub.events())
    facts = hub.totals()
    assert (facts["conflicts"], facts["repeats"], facts["rejected"]) == (0, 0, 0)
    assert sum(row["events"] for row in facts["totals"]) == len(answered)


def test_the_hub_keeps_events_in_postgresql_and_survives_its_restart(shop):
    database = shop.postgres().start()
    broker = shop.broker().start()
    hub = shop.hub(broker.url, store=database.url).start()
    agent = shop.agent(broker.url).start()
    answered = post_all(agent, 0, 200)
    wait_for("the first confirmation", lambda: agent.waiting() == 0, 30)
    database.process.child.send_signal(signal.SIGQUIT)  # immediate: as a crash
    database.process.child.wait(20)
    answered |= post_all(agent, 200, 200)
    time.sleep(1.5)
    assert confirmed_on_the_wire(broker) == 200, "confirmed what it cannot have stored"
    database.start()
    wait_for("the hub to have recovered", lambda: agent.waiting() == 0, 90)
    assert_holds_exactly(hub, answered)


@pytest.mark.parametrize("in_postgresql", [False, True], ids=["sqlite", "postgresql"])
def test_a_corrected_sale_counts_once_in_the_totals(shop, in_postgresql):
    broker = shop.broker().start()
    hub = shop.hub(broker.url, **({"store": shop.postgres().start().url} if in_postgresql else {})).start()
    agent = shop.agent(broker.url).start()
    agent.post([sale(0, gross=2444), sale(2, gross=700, revision="3"), sale(4, gross=50)])
    agent.post([sale(0, gross=699, revision="2"), sale(2, gross=9999)])
    wait_for("the confirmation", lambda: agent.waiting() == 0, 30)
    hub.stop()
    hub.start()
    [row] = hub.totals()["totals"]
    assert (row["events"], row["lines"], row["units"]) == (3, 3, "3")
    assert row["gross"] == [{"amountMinor": 699 + 700 + 50, "currency": "GBP"}]
    assert len(hub.events()) == 5


def test_two_receivers_on_one_shared_subscription_agree_while_one_is_killed(shop, full):
    database = shop.postgres().start()
    broker = shop.broker().start()
    receivers = [shop.hub(broker.url, store=database.url, options=["--shared", "hubs"], name=f"hub-{n}").start()
                 for n in (1, 2)]
    agent = shop.agent(broker.url).start()
    answered = post_all(agent, 0, 100)
    for turn in range(10 if full else 3):
        receivers[1].kill()
        answered |= post_all(agent, 100 + turn * 300, 150)
        receivers[1].start()
        answered |= post_all(agent, 250 + turn * 300, 150)
    wait_for("both to have caught up", lambda: agent.waiting() == 0, 120)
    assert_holds_exactly(receivers[0], answered)


def test_a_hub_killed_in_a_loop_confirms_only_what_it_holds(shop, full):
    broker, hub, agent = shop.open()
    seed = int(os.environ.get("STOREWARD_SEED", time.time_ns() % 1_000_000))
    print(f"STOREWARD_SEED={seed}")
    chance = random.Random(seed)
    answered, confirmed = {}, 0
    for turn in range(20 if full else 5):
        if turn % 2 == 0:  # it has just confirmed something, and more comes
            wait_for("a further confirmation",
                     lambda: confirmed_on_the_wire(broker) > confirmed or confirmed == len(answered), 30)
        answered |= post_all(agent, turn * 200, 200)
        time.sleep(chance.uniform(0, 0.5))
        hub.kill()
        before, confirmed = confirmed, confirmed_on_the_wire(broker)
        held = {int(event["sequence"]) for event in map(json.loads, hub.events()) if event["stream"] == "sales"}
        assert set(range(1, confirmed + 1)) <= held, "confirmed what it does not hold"
        assert confirmed >= before, "took a confirmation back"
        hub.start()
    assert confirmed > 0, "never confirmed anything before it was killed"
    wait_for("the hub to have caught up", lambda: agent.waiting() == 0, 90)
    assert confirmed_on_the_wire(broker) == len(answered)
    assert_holds_exactly(hub, answered)
