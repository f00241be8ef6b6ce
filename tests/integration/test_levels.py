"""Snapshots of stock (stream `levels`): the newest of each place waits for its number until the line is there."""

import json

import pytest
from shop import wait_for


def snapshot(number, on_hand):
    return {"specversion": "1.0", "id": f"count-{number}", "source": "till-1", "type": "retail.stock.snapshot.v1",
            "time": f"2026-11-20T09:15:{number:02d}Z",
            "data": {"sku": "A", "locationId": "shop", "onHand": {"value": str(on_hand), "unit": "C62"},
                     "asOf": f"2026-11-20T09:15:{number:02d}Z"}}


@pytest.mark.fault("F4")
@pytest.mark.fault("F5")
@pytest.mark.parametrize("end", ["kill", "stop"])
def test_a_waiting_snapshot_goes_out_after_a_restart_without_anything_else(shop, end):
    broker, hub, agent = shop.open()
    broker.stop()
    wait_for("the agent to be offline", lambda: agent.status()["hub"]["state"] != "online")
    for number, on_hand in ((1, 5), (2, 3)):
        _, answer = agent.post(json.dumps([snapshot(number, on_hand)]))
        assert answer["results"][0]["status"] == "stored"
    assert agent.status()["streams"]["levels"]["waiting"] == 1, "the newer one has taken the other's place"
    assert agent.waiting() == 1
    getattr(agent, end)()
    broker.start()
    agent.start()  # a line that was refused once may wait for half a minute
    wait_for("the snapshot at the hub", lambda: hub.events_of("retail.stock.snapshot.v1"), 30)
    assert [event["data"]["onHand"]["value"] for event in hub.events_of("retail.stock.snapshot.v1")] == ["3"]
    wait_for("its confirmation", lambda: agent.waiting() == 0, 30)


@pytest.mark.parametrize("running", [True, False])
def test_a_waiting_snapshot_is_found_by_its_id_and_said_to_wait(shop, running):
    agent = shop.agent(shop.broker().url).start()
    agent.post(json.dumps([snapshot(1, 5), snapshot(2, 3)]))
    if not running:
        agent.kill()
    (traced,) = json.loads(agent.cli("trace", "count-2", "--json").stdout)["events"]
    assert (traced["stream"], traced["sequence"], traced["type"]) == ("levels", None, "retail.stock.snapshot.v1")
    assert [(step["step"], step["done"]) for step in traced["steps"]] == [
        ("committed", True), ("published", False), ("broker-acked", False), ("confirmed", False)]
    assert traced["recordedtime"] is None and {step["at"] for step in traced["steps"]} == {None}
    assert "0000" not in agent.cli("trace", "count-2").stdout
    assert "no number until it is sent" in agent.cli("trace", "count-2").stdout
    (shown,) = json.loads(agent.cli("outbox", "show", "count-2", "--json").stdout)["events"]
    assert shown["sequence"] is None and shown["event"]["data"]["onHand"]["value"] == "3"
    assert "no number until it is sent" in agent.cli("outbox", "show", "count-2").stdout
    assert agent.cli("trace", "count-1", check=False).returncode == 1, "the newer one has taken its place"
