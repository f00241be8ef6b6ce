"""Receipts by number: what is missing, late or twice is said, and a day close is compared with what came."""

import json
import pathlib

from shop import sale, wait_for

FIXTURES = pathlib.Path(__file__).parents[1] / "templates"

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


def test_a_hole_that_is_looked_at_again_and_again_leaves_no_exception(shop):
    broker, hub, agent = shop.open(tables=SOON)
    post(agent, receipt(1), receipt(2), receipt(5))
    wait_for("the hub to hear of it", lambda: hub_events(hub, "agent.gap"))
    agent.kill()
    agent.start()
    wait_for("the alert after a restart", lambda: "receipts_missing" in alerts(agent))
    post(agent, receipt(6))
    post(agent, receipt(8))
    wait_for("the second hole at the hub", lambda: len(hub_events(hub, "agent.gap")) == 2)
    assert [event["data"]["missing"] for event in hub_events(hub, "agent.gap")] == [[[3, 4]], [[3, 4], [7, 7]]]
    assert agent.status()["exceptions"]["open"] == 0


def test_a_number_that_comes_twice_is_flagged_and_the_event_kept(shop):
    broker, hub, agent = shop.open(tables=SOON)
    post(agent, receipt(1), receipt(2), receipt(2, identity="another"))
    wait_for("everything at the hub", lambda: agent.waiting() == 0)
    assert flags_of(hub, "receipt-2") == []
    assert flags_of(hub, "another") == ["duplicateReceiptNumber"]
    assert agent.cli("verify").returncode == 0


def test_a_corrected_sale_takes_the_place_of_what_it_corrects(shop):
    broker, hub, agent = shop.open(tables=SOON)
    corrected, voided, outdated = receipt(2, 900), receipt(3), receipt(4, 5000)
    post(agent, receipt(1), receipt(2), receipt(3), {**receipt(4), "revision": "3"})
    corrected["revision"] = voided["revision"] = outdated["revision"] = "2"
    voided["type"] = "retail.sale.voided.v1"
    voided["data"]["status"] = "voided"
    post(agent, corrected, voided, outdated)
    post(agent, day_close(3, 2900, {"cash": 2900}, last=4))
    wait_for("everything at the hub", lambda: agent.waiting() == 0)
    (day,) = agent.status()["days"]
    assert (day["sales"], day["gross"]) == (3, [{"amountMinor": 2900, "currency": "GBP"}])
    for identity in ("receipt-2", "receipt-3", "receipt-4"):
        events = [event for event in map(json.loads, hub.events()) if event["id"] == identity]
        assert all("duplicateReceiptNumber" not in event["data"].get("quality", {}).get("flags", []) for event in events)
    post(agent, receipt(5))  # the comparison is made in between
    agent.kill()
    agent.start()
    wait_for("the agent to answer", lambda: agent.status())
    assert agent.status()["days"][0]["sales"] == 4
    assert "dayclose_differs" not in alerts(agent)
    assert hub_events(hub, "agent.reconcile") == []


def void(number, original=None, at="2026-11-20T09:20:00Z"):
    """A receipt of its own that voids `original`; without one it is the number itself that is voided."""
    event = receipt(number, at=at, identity=f"void-{number}")
    event["type"] = "retail.sale.voided.v1"
    event["data"]["status"] = "postVoided"
    if original:
        event["data"]["voids"] = {"sequenceNo": original}
    return event


def test_a_voided_sale_is_taken_out_of_its_day_and_of_the_close(shop):
    broker, hub, agent = shop.open(tables=SOON)
    post(agent, receipt(1), receipt(2), receipt(3), void(4, original=2), void(3))
    post(agent, void(5, original=6), receipt(6))  # in another file, perhaps, that came first
    post(agent, void(7, original=2))  # voided once
    post(agent, receipt(8))
    wait_for("everything at the hub", lambda: agent.waiting() == 0)

    def counted():
        (day,) = agent.status()["days"]
        return day["sales"], day["gross"][0]["amountMinor"]
    assert counted() == (2, 2000)
    assert not any(flags_of(hub, f"void-{number}") for number in (3, 4, 5, 7))
    agent.kill()
    agent.start()
    wait_for("the agent to answer", lambda: agent.status())
    assert counted() == (2, 2000)
    again = {**receipt(2, 1200), "revision": "2"}
    post(agent, again, receipt(9))
    assert counted() == (3, 3000), "a correction of what is voided counts no more than it"
    # What is voided after the close was still in it.
    post(agent, day_close(3, 3000, {"cash": 3000}, last=9))
    post(agent, void(10, original=9, at="2026-11-20T21:00:00Z"), receipt(12))
    wait_for("the comparison, made with the gap", lambda: hub_events(hub, "agent.gap"))
    assert counted() == (3, 3000)
    assert hub_events(hub, "agent.reconcile") == []
    assert agent.cli("verify").returncode == 0


def test_a_close_that_has_a_voided_sale_in_it_is_told(shop):
    broker, hub, agent = shop.open(tables=SOON)
    post(agent, receipt(1), receipt(2), void(3, original=2))
    post(agent, day_close(2, 2000, {"cash": 2000}, last=3))
    wait_for("the difference", lambda: hub_events(hub, "agent.reconcile"))
    assert "the close says 20.00 GBP, accepted are 10.00 GBP" in alerts(agent)["dayclose_differs"]


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


# Files of several sites: each has a register 3, or 1, with numbers of its own.

def of_site(site, event):
    event["data"]["siteId"] = site
    return {**event, "id": f"{site}-{event['id']}"}


def sites_flagged(hub):
    return {(event["data"]["siteId"], event["data"]["sequenceNo"]): flags
            for event in hub_events(hub, "retail.sale.") if (flags := event["data"].get("quality", {}).get("flags"))}


def test_the_sites_of_one_file_are_watched_each_for_itself(shop):
    drops = {name: shop.directory / name for name in ("csv-sales", "csv-dayclose")}
    for drop in drops.values():
        drop.mkdir()
    broker, hub, agent = shop.open(tables=SOON, drivers=[
        {"name": name, "kind": "file_drop", "template": name, "settle_s": 0, "poll_s": 1, "directory": str(drop)}
        for name, drop in drops.items()])

    def put(template, name, text):
        hidden = drops[template] / ".putting"
        hidden.write_text(text)
        hidden.rename(drops[template] / name)
        wait_for(f"{name} to be taken", lambda: not (drops[template] / name).exists())

    def sold(site, number, amount, status="completed"):
        return (f"2026-11-20,1,{number},2026-11-20T09:00:00Z,A,1,{amount},{amount},cash,{amount},EUR,"
                f"{status},{site}\n")

    head = "date,register,receipt,time,sku,quantity,price,amount,tender,paid,currency,status,site\n"
    put("csv-sales", "a.csv", head + "".join(sold("store-A", number, "1.00") for number in (1, 2, 3)) +
        "".join(sold("store-B", number, "2.00") for number in (1, 3)) + sold("store-0042", 1, "4.00") +
        # A number that store-A has used up fills no hole of store-B.
        sold("store-A", 4, "1.00", status="training"))
    wait_for("the gap", lambda: hub_events(hub, "agent.gap"))
    (gap,) = hub_events(hub, "agent.gap")
    assert gap["data"] == {"source": "csv-sales", "siteId": "store-B", "registerId": "1", "businessDate": "2026-11-20",
                           "missing": [[2, 2]]}
    assert "register 1 of site store-B, 2026-11-20: 2." in alerts(agent)["receipts_missing"]
    days = {day.get("siteId"): (day["registerId"], day["sales"], day["gross"][0]["amountMinor"])
            for day in agent.status()["days"]}
    assert days == {"store-A": ("1", 3, 300), "store-B": ("1", 2, 400), None: ("1", 1, 400)}
    assert 'register="1",site="store-B"' in agent.get("/metrics")[1].decode()
    assert "store-B/1" in agent.cli("status").stdout

    put("csv-dayclose", "z.csv", "date,register,close,closed_at,transactions,gross,first,last,tender,expected,currency,site\n"
        "2026-11-20,1,7,2026-11-20T20:00:00Z,3,3.00,1,3,cash,3.00,EUR,store-A\n"
        "2026-11-20,1,7,2026-11-20T20:00:00Z,3,3.00,1,3,cash,3.00,EUR,store-C\n")
    wait_for("the difference", lambda: hub_events(hub, "agent.reconcile"))
    put("csv-sales", "b.csv", head + sold("store-B", 2, "2.00"))
    wait_for("the gap to close", lambda: "receipts_missing" not in alerts(agent))
    (lost,) = hub_events(hub, "agent.reconcile")
    assert (lost["data"]["siteId"], lost["data"]["detail"]["registerId"]) == ("store-C", "1")
    assert lost["data"]["detail"]["missing"] == [[1, 3]]
    assert "register 1 of site store-C, 2026-11-20: close 7" in alerts(agent)["dayclose_differs"]
    assert sites_flagged(hub) == {("store-B", 2): ["outOfOrder"]}, "neither repeated nor late by another's close"


def test_voids_and_poslogs_of_two_sites_meet_only_their_own(shop):
    till = PosLogTill(shop)
    at = lambda site, text: text.replace("S001", site)
    till.put("a.xml", *[at("A", transaction(number, retail())) for number in (1, 2)])
    till.put("b.xml", *[at("B", transaction(number, retail())) for number in (1, 2)])
    post(till.agent, of_site("B", void(9, original=2)))
    wait_for("everything at the hub", lambda: till.agent.waiting() == 0)
    assert sites_flagged(till.hub) == {}
    assert {day["siteId"]: day["sales"] for day in till.agent.status()["days"]} == {"A": 2, "B": 1}


# A till that counts whatever it writes, in POSLog.

def transaction(number, what, attributes=""):
    return (f"<Transaction{attributes}><BusinessUnit><UnitID>S001</UnitID></BusinessUnit><WorkstationID>3</WorkstationID>"
            f"<SequenceNumber>{number}</SequenceNumber><CurrencyCode>GBP</CurrencyCode>{what}"
            "<BusinessDayDate>2026-11-20</BusinessDayDate>"
            f"<EndDateTime>2026-11-20T{'20:03:00' if 'TillSettle' in what else '10:15:02'}+00:00</EndDateTime></Transaction>")


def retail(status="Finished"):
    return (f'<RetailTransaction TransactionStatus="{status}"><LineItem><SequenceNumber>1</SequenceNumber><Sale>'
            "<ItemID>4717</ItemID><ExtendedAmount>10.00</ExtendedAmount><Quantity>1</Quantity></Sale></LineItem>"
            '<LineItem><SequenceNumber>2</SequenceNumber><Tender TenderType="Cash"><Amount>10.00</Amount></Tender></LineItem>'
            '<Total TotalType="TransactionGrandAmount">10.00</Total></RetailTransaction>')


def till_settle(count, last):
    amount = f"{count * 10}.00"
    return ("<TenderControlTransaction><TillSettle><TillID>T3</TillID>"
            f"<TransactionCount>{count}</TransactionCount><GrossPositiveAmount>{amount}</GrossPositiveAmount>"
            "<OpenTransactionSequenceNumber>1</OpenTransactionSequenceNumber>"
            f"<CloseTransactionSequenceNumber>{last}</CloseTransactionSequenceNumber>"
            f'<TenderSummary><Sales TenderType="Cash"><Amount>{amount}</Amount></Sales></TenderSummary>'
            "</TillSettle></TenderControlTransaction>")


# Receipts are 3, 5, 8 and 10; 5 was put aside and paid later, under its own number.
DAY = {1: transaction(1, "<ControlTransaction><SignOn/></ControlTransaction>"),
       2: transaction(2, retail(), ' TrainingModeFlag="true"'),
       3: transaction(3, retail()),
       4: transaction(4, "<ControlTransaction><NoSale/></ControlTransaction>"),
       5: transaction(5, retail("Suspended")),
       6: transaction(6, "<TenderControlTransaction><PaidOut><Amount>15.00</Amount></PaidOut></TenderControlTransaction>"),
       7: transaction(7, '<RetailTransaction TransactionStatus="Voided"></RetailTransaction>'),
       8: transaction(8, retail()),
       "5 paid": transaction(5, retail()),
       9: transaction(9, "<InventoryControlTransaction><InventoryCount/><LineItem><ItemID>4717</ItemID><Quantity>3</Quantity>"
                         "</LineItem></InventoryControlTransaction>"),
       10: transaction(10, retail()),
       11: transaction(11, till_settle(4, 12)),
       12: transaction(12, "<ControlTransaction><BusinessEOD/></ControlTransaction>"),
       13: transaction(13, "<ControlTransaction><SignOff/></ControlTransaction>"),
       14: transaction(14, retail())}


class PosLogTill:
    def __init__(self, shop):
        self.drop = shop.directory / "drop"
        self.drop.mkdir()
        driver = {"name": "tills", "kind": "file_drop", "template": "poslog", "settle_s": 0, "poll_s": 1,
                  "directory": str(self.drop)}
        self.broker = shop.broker().start()
        self.hub = shop.hub(self.broker.url).start()
        self.agent = shop.agent(self.broker.url, tables=SOON, drivers=[driver]).start()
        wait_for("the directory to be used", (self.drop / "done").exists)

    def put(self, name, *transactions):
        hidden = self.drop / ".putting"
        hidden.write_text(f'<POSLog>{"".join(transactions)}</POSLog>')
        hidden.rename(self.drop / name)
        wait_for(f"{name} to be taken", lambda: not (self.drop / name).exists())
        wait_for("everything at the hub", lambda: self.agent.waiting() == 0)

    def receipts(self):
        return [event["data"]["sequenceNo"] for event in hub_events(self.hub, "retail.sale")]


def test_numbers_of_what_is_no_receipt_are_no_gap_and_no_difference(shop):
    till = PosLogTill(shop)
    till.put("day.xml", *DAY.values())
    assert sorted(till.receipts()) == [3, 5, 8, 10, 14]
    # Once a real hole is told, the day has been looked at, with its close.
    till.put("later.xml", transaction(16, retail()))
    wait_for("the real gap", lambda: hub_events(till.hub, "agent.gap"))
    (gap,) = hub_events(till.hub, "agent.gap")
    assert gap["data"]["missing"] == [[15, 15]]
    assert hub_events(till.hub, "agent.reconcile") == []
    assert list(alerts(till.agent)) == ["receipts_missing"], alerts(till.agent)
    for event in map(json.loads, till.hub.events()):
        flags = event["data"].get("quality", {}).get("flags", [])
        assert not {"duplicateReceiptNumber", "outOfOrder"} & set(flags), event
    assert till.agent.cli("verify").returncode == 0


def test_among_numbers_of_what_is_no_receipt_a_receipt_that_is_missing_is_told(shop):
    till = PosLogTill(shop)
    till.put("day.xml", *[record for number, record in DAY.items() if number != 8])
    wait_for("the gap", lambda: hub_events(till.hub, "agent.gap"))
    (gap,) = hub_events(till.hub, "agent.gap")
    assert gap["data"]["missing"] == [[8, 8]]
    wait_for("the difference", lambda: hub_events(till.hub, "agent.reconcile"))
    (told,) = hub_events(till.hub, "agent.reconcile")
    assert told["data"]["detail"]["missing"] == [[8, 8]]
    assert "missing receipts: 8" in told["data"]["detail"]["difference"]
    till.agent.kill()
    till.agent.start()
    wait_for("the directory to be used", lambda: till.agent.status())
    till.put("late.xml", DAY[8])
    wait_for("the alerts to go", lambda: not alerts(till.agent))
    assert len(hub_events(till.hub, "agent.gap")) == 1


def test_a_poslog_s_sale_that_comes_after_its_close_is_told_by_the_time_it_was_rung_up(shop):
    drop = shop.directory / "drop"
    drop.mkdir()
    fixture = "late-sale-after-close.xml"
    (drop / fixture).write_bytes((FIXTURES / "poslog" / fixture).read_bytes())
    broker, hub, agent = shop.open(tables=SOON, drivers=[
        {"name": "tills", "kind": "file_drop", "template": "poslog", "settle_s": 0, "poll_s": 1, "directory": str(drop)}])
    wait_for("everything at the hub", lambda: len(hub_events(hub, "retail.")) == 4)
    sales = {event["data"]["sequenceNo"]: event["data"].get("quality", {}).get("flags", [])
             for event in hub_events(hub, "retail.sale.")}
    assert sorted(sales) == [2036, 2038, 2039]
    assert {number for number, flags in sales.items() if "lateAfterClose" in flags} == {2038}
