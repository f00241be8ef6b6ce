"""The exceptions queue as a technician works it off, and what the hub hears of it."""

import csv
import hashlib
import io
import json
import os
import pathlib
import re
import sqlite3
import subprocess

import pytest
from shop import BIN, sale, wait_for


@pytest.fixture
def agent(shop):
    """An agent without a hub, which does not matter here."""
    return shop.agent("mqtt://127.0.0.1:1").start()


def bad_sale(number, **data):
    """A sale whose line has no unit; complete once `unit` is put in."""
    event = sale(number)
    del event["data"]["lines"][0]["quantity"]["unit"]
    event["data"].update(data)
    return event


def quarantine(agent, *events):
    status, answer = agent.post(list(events))
    assert status == 200
    assert all(item["status"] == "quarantined" for item in answer["results"]), answer
    return [item["exception"] for item in answer["results"]]


def asked(agent, *words, check=True):
    return json.loads(agent.cli(*words, "--json", check=check).stdout)


def listed(agent, *filters):
    return [one["number"] for one in asked(agent, "exceptions", "list", *filters)["exceptions"]]


def state(agent, number):
    return asked(agent, "exceptions", "show", str(number))["exception"]["state"]


def sales(agent):
    return asked(agent, "outbox", "list", "--stream", "sales")["events"]


def trail(agent):
    return asked(agent, "audit", "list", "--limit", "1000")["entries"]


def correct(agent, number):
    """Puts the missing unit in, as an editor would."""
    text = json.loads(asked(agent, "exceptions", "show", str(number))["exception"]["submitted"])
    text["data"]["lines"][0]["quantity"]["unit"] = "EA"
    corrected = agent.directory / "corrected.json"
    corrected.write_text(json.dumps(text, indent=2))
    return asked(agent, "exceptions", "edit", str(number), "--file", str(corrected))


@pytest.mark.fault("F46")
def test_f46_an_exception_is_corrected_and_becomes_its_event(agent):
    first, second = quarantine(agent, bad_sale(1), bad_sale(2))
    assert listed(agent, "--state", "open") == [first, second]
    assert listed(agent, "--reason-contains", "UNIT") == [first, second]
    again = asked(agent, "exceptions", "retry", str(first), check=False)["results"]
    assert not again[0]["done"] and "unit" in again[0]["reason"]
    assert state(agent, first) == "open"

    assert correct(agent, first)["results"] == [{"exception": first, "done": True}]
    done = asked(agent, "exceptions", "retry", str(first))["results"][0]
    assert done["done"] and done["items"][0]["status"] == "stored"
    assert state(agent, first) == "retried"
    assert [event["id"] for event in sales(agent)] == [sale(1)["id"]]
    assert agent.status()["exceptions"] == {"open": 1, "by_driver": [{"driver": "", "open": 1}]}
    twice = asked(agent, "exceptions", "retry", str(first), check=False)["results"][0]
    assert not twice["done"] and "not open" in twice["reason"]

    # All that are left, of which one is still wrong.
    third, = quarantine(agent, bad_sale(3))
    correct(agent, third)
    results = asked(agent, "exceptions", "retry", "--all", check=False)["results"]
    assert {one["exception"]: one["done"] for one in results} == {second: False, third: True}
    assert len(sales(agent)) == 2


@pytest.mark.fault("F46")
def test_f46_a_long_event_is_kept_whole_and_corrected(agent):
    long = bad_sale(1)
    long["data"]["note"] = "x\"" * 75_000
    number, = quarantine(agent, long)
    assert correct(agent, number)["results"] == [{"exception": number, "done": True}]
    assert asked(agent, "exceptions", "retry", str(number))["results"][0]["items"][0]["status"] == "stored"


def test_a_corrected_event_settles_what_was_wrong_with_the_one_before(agent):
    wrong, = quarantine(agent, bad_sale(1))
    agent.post([sale(2)])
    contradiction = agent.post([sale(2, gross=999)])[1]["results"][0]["exception"]
    for corrected in (sale(1), sale(2, gross=999)):
        assert agent.post([corrected | {"revision": "2"}])[1]["results"][0]["status"] == "stored"
    assert state(agent, wrong) == state(agent, contradiction) == "superseded"
    assert agent.status()["exceptions"]["open"] == 0


@pytest.mark.parametrize("running", [True, False])
def test_a_driver_that_there_is_not_is_told_apart_from_one_without_exceptions(shop, running):
    drop = shop.directory / "drop"
    drop.mkdir()
    agent = shop.agent("mqtt://127.0.0.1:1", drivers=[
        {"name": name, "kind": "file_drop", "template": "csv-sales", "directory": str(drop), "pattern": f"{name}*", "settle_s": 0, "poll_s": 1}
        for name in ("files", "old")]).start()
    (drop / "old.csv").write_text("nothing,of,it\n1,2,3\n")
    wait_for("the exception", lambda: agent.status()["exceptions"]["open"], 30)
    agent.stop()
    agent.drivers.pop()  # its exception stays
    agent.start()
    if not running:
        agent.stop()
    assert listed(agent, "--driver", "old") == [1] and listed(agent, "--driver", "files") == []
    assert agent.cli("exceptions", "list", "--driver", "files").stdout == "no exceptions\n"
    for words in (["list"], ["list", "--csv"], ["list", "--json"], ["retry", "--all"]):
        refused = agent.cli("exceptions", *words, "--driver", "flies", check=False)
        assert refused.returncode == 2, refused.stdout
        assert 'no driver "flies", neither in the configuration nor among the exceptions; there are: files, old' in refused.stdout
    assert agent.cli("exceptions", "retry", "1", "--driver", "files", check=False).returncode == 2  # of no use without --all


def test_a_contradiction_is_settled_under_a_revision_of_its_own(agent):
    agent.post([sale(1)])
    number = agent.post([sale(1, gross=999)])[1]["results"][0]["exception"]
    text = json.loads(asked(agent, "exceptions", "show", str(number))["exception"]["submitted"])
    assert text["source"] == "till-1" and "sequence" not in text
    refused = asked(agent, "exceptions", "retry", str(number), check=False)["results"][0]
    assert "different content" in refused["reason"]
    text["revision"] = "2"
    corrected = agent.directory / "corrected.json"
    corrected.write_text(json.dumps(text))
    agent.cli("exceptions", "edit", str(number), "--file", str(corrected))
    assert asked(agent, "exceptions", "retry", str(number))["results"][0]["done"]
    assert len(sales(agent)) == 2


def test_a_contradiction_shows_what_was_accepted_and_which_fields_differ(shop):
    agent = shop.agent("mqtt://127.0.0.1:1").start()
    agent.post([sale(1)])
    card = sale(1, gross=999)
    card["data"]["note"] = "card 4111 1111 1111 1111"
    number = agent.post([card])[1]["results"][0]["exception"]
    shown = asked(agent, "exceptions", "show", str(number))["exception"]["accepted_earlier"]
    assert (shown["id"], shown["stream"], shown["sequence"], shown["held"]) == (sale(1)["id"], "sales", 1, True)
    fields = {one["field"]: (one.get("earlier"), one.get("later")) for one in shown["differences"]}
    assert fields["data.totals.gross.amountMinor"] == (1523, 999)
    assert fields["data.note"] == (None, "card ************1111")
    assert all(name.startswith("data.") for name in fields), fields
    words = agent.cli("exceptions", "show", str(number)).stdout
    for expected in (f"Accepted earlier: {sale(1)['id']} at 20", "from /acme/store-0042/main/till-1", "stream sales, sequence 1, epoch ",
                     "data.totals.gross.amountMinor\n    earlier  1523\n    now      999\n", "earlier  (not there)"):
        assert expected in words
    assert "0000000000" not in words  # nothing of the number that it never got


def test_a_contradiction_of_what_is_no_longer_here_says_so(shop):
    broker = shop.broker().start()
    shop.hub(broker.url).start()
    agent = shop.agent(broker.url, tables={"store": {"keep_days": 0}}).start()
    agent.post([sale(1)])
    number = agent.post([sale(1, gross=999)])[1]["results"][0]["exception"]

    def pruned():
        return not sales(agent)
    wait_for("the sale to be pruned", pruned, 60)
    assert asked(agent, "exceptions", "show", str(number))["exception"]["accepted_earlier"]["held"] is False
    words = agent.cli("exceptions", "show", str(number)).stdout
    assert f"Accepted earlier: {sale(1)['id']}, stream sales, sequence 1, epoch " in words
    assert "no longer kept here, only its digest" in words


def test_an_edited_text_is_masked_and_cannot_speak_for_another_source(agent):
    number, = quarantine(agent, bad_sale(1))
    text = bad_sale(1, note="card 4111 1111 1111 1111")
    text["source"] = "till-9"
    corrected = agent.directory / "corrected.json"
    corrected.write_text(json.dumps(text))
    agent.cli("exceptions", "edit", str(number), "--file", str(corrected))
    shown = agent.cli("exceptions", "show", str(number)).stdout
    assert "4111 1111" not in shown and "************1111" in shown
    refused = asked(agent, "exceptions", "retry", str(number), check=False)["results"][0]
    assert not refused["done"] and "till-9" in refused["reason"]


def test_an_edit_says_what_a_retry_would_say_and_the_list_says_why_it_waits_now(agent):
    number, = quarantine(agent, bad_sale(1))
    corrected = agent.directory / "corrected.json"
    corrected.write_text("{ not json")
    refused = asked(agent, "exceptions", "edit", str(number), "--file", str(corrected), check=False)
    assert "nothing was changed" in refused["error"]
    text = sale(1)
    del text["data"]["lines"]
    corrected.write_text(json.dumps(text))
    words = agent.cli("exceptions", "edit", str(number), "--file", str(corrected)).stdout
    assert "a retry would fail: " in words and "lines" in words and f"storeward exceptions edit {number}" in words
    assert not asked(agent, "exceptions", "retry", str(number), check=False)["results"][0]["done"]
    waits = asked(agent, "exceptions", "list")["exceptions"][0]
    assert "lines" in waits["reason"] and "unit" not in waits["reason"]
    assert "unit" in waits["first_reason"] and waits["retry_failed_at"] >= waits["at"]
    words = agent.cli("exceptions", "show", str(number)).stdout
    assert f"a retry failed at {waits['retry_failed_at']}; at first: {waits['first_reason']}\n" in words
    corrected.write_text(json.dumps(sale(1)))
    words = agent.cli("exceptions", "edit", str(number), "--file", str(corrected)).stdout
    assert f"hand it in again: storeward exceptions retry {number}" in words
    assert asked(agent, "exceptions", "retry", str(number))["results"][0]["done"]


def test_the_editor_gets_the_masked_text(agent, monkeypatch):
    number, = quarantine(agent, bad_sale(1))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "sed -i 's/\"value\": \"1\"/\"value\": \"1\", \"unit\": \"EA\"/'")
    assert agent.cli("exceptions", "edit", str(number)).returncode == 0
    assert asked(agent, "exceptions", "retry", str(number))["results"][0]["done"]
    number, = quarantine(agent, bad_sale(2))
    monkeypatch.setenv("EDITOR", "true")
    assert agent.cli("exceptions", "edit", str(number), check=False).returncode == 1
    # An editor that fails has perhaps written something before.
    monkeypatch.setenv("EDITOR", "false")
    assert "exception-" not in agent.cli("exceptions", "edit", str(number), check=False).stdout
    monkeypatch.setenv("EDITOR", "f() { printf 'an hour of work' >\"$1\"; return 1; }; f")
    failed = agent.cli("exceptions", "edit", str(number), check=False)
    assert failed.returncode == 1
    kept = pathlib.Path(re.search(r"is in (\S+): hand that in with --file", failed.stdout)[1])
    assert kept.read_text() == "an hour of work" and kept.stat().st_mode & 0o077 == 0
    kept.unlink()
    # What was written is not lost when it is refused: its file has gone by then.
    monkeypatch.setenv("EDITOR", "printf 'no event, my card is 4111111111111111' >")
    refused = agent.cli("exceptions", "edit", str(number), check=False)
    assert refused.returncode == 1 and "no JSON object" in refused.stdout
    assert "no event, my card is ************1111" in refused.stdout
    agent.cli("exceptions", "discard", str(number), "--reason", "by somebody else meanwhile")
    monkeypatch.setenv("EDITOR", "printf '{\"typed\": 1}' >")
    refused = agent.cli("exceptions", "edit", str(number), check=False)
    assert refused.returncode == 1 and "no open exception" in refused.stdout and '{"typed": 1}' in refused.stdout


FORMULAS = ["=HYPERLINK(\"http://evil.example\";\"a\")", "+49 30 1234", "-2+3+cmd|' /C calc'!A0", "@SUM(1;2)", "\tx", "\r=1"]


def exported(agent, *words):
    """The rows of a CSV; its bytes as a spreadsheet gets them."""
    done = subprocess.run([str(BIN / "storeward"), *words, "--csv", "--config", str(agent.config)], capture_output=True, check=True)
    text = done.stdout.decode()
    assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", "")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.fault("F42")
def test_f42_an_exported_list_is_csv_that_no_spreadsheet_calculates(agent):
    numbers = quarantine(agent, *(bad_sale(at) | {"id": text} for at, text in enumerate(FORMULAS)))
    for number, reason in zip(numbers, FORMULAS):
        agent.cli("exceptions", "discard", str(number), "--reason", reason)
    quarantine(agent, bad_sale(90) | {"id": "a, \"b\"; -c"})
    escaped = ["'" + text for text in FORMULAS]
    rows = exported(agent, "exceptions", "list")
    assert [row["id"] for row in rows] == [*escaped, "a, \"b\"; -c"]
    assert [row["note"] for row in rows] == [*escaped, ""]
    assert [row["state"] for row in rows] == ["discarded"] * len(FORMULAS) + ["open"]
    assert all("unit" in row["reason"] and row["at"].startswith("20") for row in rows)
    rows = exported(agent, "audit", "list")
    assert [row["detail"] for row in rows] == escaped
    assert all(row["action"] == "exceptions.discard" and len(row["chain"]) == 64 for row in rows)
    assert agent.cli("audit", "list", "--csv", "--json", check=False).returncode == 2


def test_an_exported_list_has_all_of_them_and_a_header_where_there_are_none(agent):
    assert agent.cli("exceptions", "list", "--csv").stdout.startswith("number,state,kind,at,source,id,revision,driver,place,")
    assert agent.cli("audit", "list", "--csv").stdout.startswith("number,at,actor,action,subject,detail,")
    quarantine(agent, *(bad_sale(at) for at in range(1000)))
    last = quarantine(agent, bad_sale(1000), bad_sale(1001))
    rows = exported(agent, "exceptions", "list")
    assert [int(row["number"]) for row in rows] == list(range(1, 1003))
    assert [int(row["number"]) for row in exported(agent, "exceptions", "list", "--from", "1001")] == last
    assert len(exported(agent, "exceptions", "list", "--limit", "7")) == 7
    agent.kill()
    assert len(exported(agent, "exceptions", "list", "--state", "open")) == 1002  # read from the store itself


@pytest.mark.fault("F54")
def test_f54_a_discard_needs_its_reason_and_every_action_is_audited(agent):
    first, second = quarantine(agent, bad_sale(1), bad_sale(2))
    assert agent.cli("exceptions", "discard", str(first), check=False).returncode == 2
    assert agent.cli("exceptions", "discard", str(first), "--reason", " ", check=False).returncode == 1
    assert state(agent, first) == "open" and trail(agent) == []

    agent.cli("exceptions", "discard", str(first), "--reason", "card 4111 1111 1111 1111 was a test")
    shown = asked(agent, "exceptions", "show", str(first))["exception"]
    assert shown["state"] == "discarded" and shown["note"] == "card ************1111 was a test"
    correct(agent, second)
    agent.cli("exceptions", "retry", str(second))
    agent.cli("outbox", "replay", "--stream", "sales", "--from", "1", "--to", "1", check=False)
    entries = trail(agent)
    assert [(one["action"], one["subject"]) for one in entries] == [
        ("exceptions.discard", f"exception {first}"), ("exceptions.edit", f"exception {second}"),
        ("exceptions.retry", f"exception {second}"), ("outbox.replay", "sales 1 to 1")]
    assert all(one["actor"].startswith(f"user {os.getuid()} ") for one in entries)
    assert entries[0]["detail"] == "card ************1111 was a test"
    assert agent.cli("verify").returncode == 0

    agent.stop()  # list and show also without an agent; the rest needs one
    assert listed(agent) == [first, second] and len(trail(agent)) == 4
    assert agent.cli("exceptions", "discard", str(first), "--reason", "x", check=False).returncode == 3
    agent.start()


def test_a_reason_that_is_no_utf_8_is_kept_as_far_as_it_can_be_read(agent):
    number, = quarantine(agent, bad_sale(1))
    agent.cli("exceptions", "discard", str(number), "--reason", os.fsdecode(b"Z\xfcrich"))  # of a terminal in Latin-1
    assert asked(agent, "exceptions", "show", str(number))["exception"]["note"] == "Z\ufffdrich"


@pytest.mark.fault("F53")
def test_f53_verify_names_the_place_of_an_edited_or_cut_audit_entry(agent):
    for number in quarantine(agent, *(bad_sale(one) for one in range(5))):
        agent.cli("exceptions", "discard", str(number), "--reason", "a test receipt")
    chain = bytes(32)
    with sqlite3.connect(agent.state / "outbox.db") as database:  # as the docs tell an auditor
        for record, noted in database.execute("SELECT record,chain FROM audit ORDER BY number"):
            chain = hashlib.sha256(chain + record.encode()).digest()
            assert chain == noted
    agent.stop()
    for sql, place in (("UPDATE audit SET record=replace(record,'test','real') WHERE number=2", "audit entry 2"),
                       ("DELETE FROM audit WHERE number>=4", "audit entry 4")):
        with sqlite3.connect(agent.state / "outbox.db") as database:
            database.execute(sql)
        done = agent.cli("verify", "--json", check=False)
        assert done.returncode == 1
        assert place in [one["place"] for one in json.loads(done.stdout)["findings"]]
        assert "find out who opened outbox.db" in agent.cli("verify", check=False).stdout
    agent.start()  # and it is no reason to set the outbox aside
    assert agent.cli("verify", check=False).returncode == 1
    assert not list(agent.state.glob("damaged-*"))


def notices(hub):
    """What the hub has of agent.record.rejected.v1, by id."""
    found = {}
    for line in hub.events():
        event = json.loads(line)
        if event["type"] == "agent.record.rejected.v1":
            assert event["id"] not in found, "told twice"
            found[event["id"]] = event["data"]
    return found


def told(found):
    """How many exceptions the notices speak of."""
    return sum(int(data["reason"].split()[0]) if id.startswith("exceptions-") else 1 for id, data in found.items())


def test_each_exception_is_told_to_the_hub_once_whatever_is_killed(shop):
    _, hub, agent = shop.open()
    given = 0
    for life in range(8):
        for portion in range(3):
            given += len(quarantine(agent, *(bad_sale(given + one) for one in range(3))))
        if life % 2:
            wait_for("some to be told", lambda: told(notices(hub)) >= given - 6, 30)
        agent.kill()
        agent.start()
    wait_for("all to be told", lambda: told(notices(hub)) == given, 60)
    found = notices(hub)
    assert found["exception-1"] == {"exception": 1, "source": "till-1", "reason": found["exception-1"]["reason"]}
    assert "unit" in found["exception-1"]["reason"]
    alone = {data["exception"] for id, data in found.items() if id.startswith("exception-")}
    spans = [tuple(map(int, id.split("-")[1:])) for id in found if id.startswith("exceptions-")]
    covered = alone | {number for first, last in spans for number in range(first, last + 1)}
    assert covered == set(range(1, given + 1))


def test_a_flood_of_exceptions_is_told_in_few_words(shop):
    _, hub, agent = shop.open()
    quarantine(agent, *(bad_sale(one) for one in range(900)))
    wait_for("all to be told", lambda: told(notices(hub)) == 900, 60)
    assert len(notices(hub)) <= 22  # ten and a summary, at most twice: the commit may fall between
    # Notices about itself it tells nobody.
    assert agent.status()["exceptions"]["open"] == 900
