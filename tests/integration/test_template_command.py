"""storeward template as a partner's engineer types it."""

import json
import re
import subprocess

from shop import BIN
from test_command_line import run


def test_a_trial_prints_one_object_a_line_and_the_totals_last(tmp_path):
    (tmp_path / "sales.csv").write_text("a;b\n1;2\n")
    out = run("template", "test", "csv-sales", tmp_path / "sales.csv", "--json", "--currency", "EUR")
    record, totals = map(json.loads, out.stdout.splitlines())
    assert out.returncode == 1
    assert (record["record"], record["events"], len(record["exceptions"])) == (1, [], 1)
    assert (totals["totals"]["records"], totals["totals"]["exceptions"]) == (1, 1)
    out = run("template", "test", "csv-sales", tmp_path / "sales.csv", "--currency", "EUR")
    assert "1 record: 0 events, 1 exception, 0 ignored\n" in out.stdout


def test_a_trial_says_whose_number_a_record_uses_up(tmp_path):
    sales = tmp_path / "sales.csv"
    head, training = "date,register,receipt,time,sku,amount,status,site\n", "2026-11-20T10:00:00,A1,5.00,training"
    sales.write_text(f"{head}2026-11-20,3,17,{training},\n2026-11-20,3,18,{training},store-B\n")
    out = run("template", "test", "csv-sales", sales, "--currency", "EUR")
    assert "uses up number 17 of register 3, 2026-11-20\n" in out.stdout
    assert "uses up number 18 of register 3 of site store-B, 2026-11-20\n" in out.stdout
    out = run("template", "test", "csv-sales", sales, "--json", "--currency", "EUR")
    own, other, _ = map(json.loads, out.stdout.splitlines())
    assert own["usedNumber"] == {"registerId": "3", "businessDate": "2026-11-20", "number": 17}
    assert other["usedNumber"] == {"siteId": "store-B", "registerId": "3", "businessDate": "2026-11-20", "number": 18}


def test_values_of_a_driver_may_stand_before_the_files_of_a_replay(tmp_path):
    mine, sales = tmp_path / "mine.toml", tmp_path / "sales.csv"
    mine.write_text('[template]\nname = "mine"\nversion = "1"\nextends = "csv-sales"\n'
                    '[format]\ngroup_by = ["date", "receipt"]\n[named]\ntill = {value = "registerId"}\n')
    sales.write_text("date,receipt,time,sku,quantity,amount\n2026-11-20,1,2026-11-20T10:00:00,A1,1,5.00\n")
    out = run("template", "replay", mine, "--against", mine, "--value", "registerId=3", "--value", "x=y", sales, sales,
              "--currency", "EUR")
    assert out.returncode == 0 and "events: 1\n" in out.stdout and "duplicates, counted once: 1" in out.stdout, out.stdout
    assert "retail.sale.completed.v1 EUR: 5.00" in out.stdout


def test_an_empty_value_takes_away_what_the_driver_will_not_say(tmp_path):
    mine, scans = tmp_path / "mine.toml", tmp_path / "scans.csv"
    mine.write_text('[template]\nname = "mine"\nversion = "1"\n[format]\nkind = "csv"\n'
                    '[[event]]\ntype = "retail.scan.observed.v1"\nkey = ["code"]\n'
                    'data = {raw = "code", at = {value = "receivedAt"}}\n')
    scans.write_text("code\n4711\n")
    assert run("template", "test", mine, scans).returncode == 0
    out = run("template", "test", mine, scans, "--value", "receivedAt=")
    assert out.returncode == 1 and "data.at: missing" in out.stdout, out.stdout


def test_drift_of_a_template_that_does_not_load_ends_with_78(tmp_path):
    mine = tmp_path / "mine.toml"
    head = '[template]\nname = "mine"\nversion = "1"\nextends = "csv-sales"\n'
    mine.write_text(head + '[[event]]\nname = "sale"\n[event.data]\ncustomerRef = {const = ""}\n')
    assert run("template", "drift", mine).stdout == (
        'event.sale.data.customerRef: replaced "customer" -> {const = ""}\n')
    mine.write_text(head + '[[event]]\nname = "slae"\n')
    out = run("template", "drift", mine)
    assert (out.returncode, 'did you mean "sale"?' in out.stdout) == (78, True)


def test_a_draft_without_a_name_is_called_as_its_sample(tmp_path):
    sample = tmp_path / "Bons vom 20.11.csv"
    sample.write_text("Datum;Uhrzeit;Kasse;Bon;ArtNr;Menge;Preis;Betrag\n20.11.2026;10:15:02;3;17;4711;2;1,50;3,00\n")
    draft = run("template", "new", "--from", sample)
    assert draft.returncode == 0, draft.stdout
    assert 'name = "Bons-vom-20.11"' in draft.stdout


def test_a_draft_that_would_miscount_is_refused_until_a_person_has_decided(tmp_path):
    sample = tmp_path / "till.csv"
    sample.write_text("receipt,till,when,item,qty,amount_cents,type\n"
                      "1,3,03/04/2026 10:00,100,1,1299,SALE\n1,3,03/04/2026 10:00,200,2,500,SALE\n"
                      "2,3,03/04/2026 11:00,100,-1,-1299,REFUND\n")
    draft = subprocess.run([BIN / "storeward", "template", "new", "--from", sample], capture_output=True, text=True,
                           timeout=60)
    assert draft.returncode == 0
    assert "decide before use:" in draft.stderr and "day or month first?" in draft.stderr
    template = tmp_path / "till.toml"
    template.write_text(draft.stdout)
    test = ["template", "test", template, sample, "--currency", "EUR", "--zone", "UTC"]

    refused = run(*test)
    assert refused.returncode == 78
    line = 1 + next(number for number, text in enumerate(draft.stdout.splitlines()) if "day or month first?" in text and
                    text.startswith("  "))
    assert f"{template}:{line}:" in refused.stdout and "decide it, then delete this line" in refused.stdout

    template.write_text(re.sub(r"undecided = \[.*?\n\]\n", "", draft.stdout, flags=re.DOTALL))
    made = run(*test, "--json")
    assert made.returncode == 0, made.stdout
    gross = [event["data"]["totals"]["gross"]["amountMinor"] for line in made.stdout.splitlines()
             for event in json.loads(line).get("events", [])]
    assert gross == [1799, 1299]  # a sale, and what was given back
