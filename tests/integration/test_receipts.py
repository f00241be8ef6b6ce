"""Receipts by number: what is missing, late or twice is said, and a day close is compared with what came."""

import json

from shop import sale, wait_for

SOON = {"receipts": {"gap_grace_s": 1}}


def receipt(number, minor=1000, tender="cash", at="2026-11-20T09:15:02Z", identity=None):
    event = sale(number)
    event["id"] = identity or f"receipt-{number}"
    event["data"]["registerId"] = "3"
    event["data"]["businessDate"] = "2026-11-20"
    event["data"]["sequenceNo"] = number
    event["data"]["completedAt"] = at
    money = {"amountMinor": minor, "currency": "GBP"}
    event["data"]["lines"] = [{"lineNo": 1, "kind": "sale", "description": "goods",
                               "quantity": {"value": "1", "unit": "H87"}, "extended": money}]
    event["data"]["totals"] = {"gross": money}
    event["data"]["payments"] = [{"tenderType": tender, "amount": money}]
    return event


def day_close(count, minor, tenders, first=1, last=5, number=1):
    money = lambda amount: {"amountMinor": amount, "currency": "GBP"}
    return {"specversion": "1.0", "id": f"z-{number}", "source": "till-1", "type": "retail.dayclose.closed.v1",
            "time": "2026-11-20T20:00:00Z",
            "data": {"closeKey": f"3/{number}", "registerId": "3", "businessDate": "2026-11-20", "closeNo": number,
                     "closedAt": "2026-11-20T20:00:00Z", "txCount": count, "gross": money(minor),
                     "tenders": [{"tenderType": name, "expected": money(amount)} for name, amount in tenders.items()],
                     "firstSeq": first, "lastSeq": last}}


def hub_events(hub, kind):
    return [event for event in map(json.loads, hub.events()) if event["type"].startswith(kind)]


def alerts(agent):
    return {alert["kind"]: alert["detail"] for alert in agent.status()["alerts"]}


def post(agent, *events):
    status, answer = agent.post(list(events))
    assert status == 200, answer
    assert all(result["status"] == "stored" for result in answer["results"]), answer


def flags_of(hub, identity):
    (event,) = [event for event in map(json.loads, hub.events()) if event["id"] == identity]
    return event["data"].get("quality", {}).get("flags", [])


def test_missing_receipt_numbers_are_told_once_and_a_late_one_settles_it(shop):
    broker, hub, agent = shop.open(tables=SOON)
    post(agent, receipt(1), receipt(2), receipt(5))
    wait_for("the alert", lambda: "receipts_missing" in alerts(agent))
    assert "register 3, 2026-11-20: 3-4" in alerts(agent)["receipts_missing"]
    wait_for("the hub to hear of it", lambda: hub_events(hub, "agent.gap"))
    (gap,) = hub_events(hub, "agent.gap")
    assert gap["data"] == {"source": "till-1", "registerId": "3", "businessDate": "2026-11-20", "missing": [[3, 4]]}
    agent.kill()
    agent.start()
    wait_for("the alert after a restart", lambda: "receipts_missing" in alerts(agent))
    post(agent, receipt(3), receipt(4))
    wait_for("the alert to go", lambda: "receipts_missing" not in alerts(agent))
    wait_for("everything at the hub", lambda: agent.waiting() == 0)
    assert len(hub_events(hub, "agent.gap")) == 1, "told once, however often it was looked at"
    assert flags_of(hub, "receipt-5") == []
    assert flags_of(hub, "receipt-3") == ["outOfOrder"]


def test_a_number_that_comes_twice_is_flagged_and_the_event_kept(shop):
    broker, hub, agent = shop.open(tables=SOON)
    post(agent, receipt(1), receipt(2), receipt(2, identity="another"))
    wait_for("everything at the hub", lambda: agent.waiting() == 0)
    assert flags_of(hub, "receipt-2") == []
    assert flags_of(hub, "another") == ["duplicateReceiptNumber"]
    assert agent.cli("verify").returncode == 0


def test_a_close_that_adds_up_is_quiet(shop):
    broker, hub, agent = shop.open(tables=SOON)
    post(agent, *[receipt(n) for n in (1, 2, 3)], receipt(4, 250, "card"), receipt(5, 250, "card"))
    post(agent, day_close(5, 3500, {"cash": 3000, "card": 500}))
    wait_for("everything at the hub", lambda: agent.waiting() == 0)
    agent.kill()
    agent.start()
    wait_for("the agent to answer", lambda: agent.status())
    post(agent, receipt(6))
    assert hub_events(hub, "agent.reconcile") == []
    assert "dayclose_differs" not in alerts(agent)


def test_a_close_that_differs_is_told_with_the_missing_receipts_and_a_late_sale_settles_it(shop):
    broker, hub, agent = shop.open(tables=SOON)
    post(agent, *[receipt(n) for n in (1, 2, 3, 5)])
    post(agent, day_close(5, 5000, {"cash": 5000}))
    wait_for("the alert", lambda: "dayclose_differs" in alerts(agent))
    said = alerts(agent)["dayclose_differs"]
    assert "the close says 50.00 GBP, accepted are 40.00 GBP" in said
    assert "missing receipts: 4" in said
    wait_for("the hub to hear of it", lambda: hub_events(hub, "agent.reconcile"))
    (told,) = hub_events(hub, "agent.reconcile")
    assert told["data"]["kind"] == "dayclose"
    detail = told["data"]["detail"]
    assert detail["missing"] == [[4, 4]]
    assert detail["stated"]["gross"] == {"amountMinor": 5000, "currency": "GBP"}
    assert detail["accepted"]["gross"] == {"amountMinor": 4000, "currency": "GBP"}
    post(agent, receipt(4))
    wait_for("the alert to go", lambda: "dayclose_differs" not in alerts(agent))
    wait_for("everything at the hub", lambda: agent.waiting() == 0)
    assert "lateAfterClose" in flags_of(hub, "receipt-4")
