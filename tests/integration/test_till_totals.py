"""What the till makes of a sales log equals what an independent script computes from it, to the penny."""

import json
import pathlib
import subprocess
import tarfile
from decimal import Decimal

import log_totals
import pytest
from shop import BIN, SOURCE

OWN_LOGS = sorted((SOURCE / "tests/integration/data").glob("log_*.csv"))
ARCHIVE = "shared/data/retail_log/uci_online_retail_2010-12_2011-04_by_day.tar.gz"
REAL_LOG = next((folder / ARCHIVE for folder in SOURCE.parents if (folder / ARCHIVE).exists()), None)


def events_of(files, *options):
    """The events in the order in which the till would send them."""
    done = subprocess.run([BIN / "storeward-till", "--print", "--file", *files, *options],
                          check=True, stdout=subprocess.PIPE)
    return [json.loads(line, parse_float=pytest.fail) for line in done.stdout.splitlines()]


def totals_of(events):
    types, days = {}, {}
    for event in events:
        data = event["data"]
        if "lines" in data:
            lines = data["lines"]
            units = sum(Decimal(line["quantity"]["value"]) for line in lines)
            gross = data["totals"]["gross"]["amountMinor"]
            assert gross == sum(line["extended"]["amountMinor"] for line in lines), event["id"]
            assert [line["lineNo"] for line in lines] == list(range(1, len(lines) + 1))
            count = len(lines)
        elif "amount" in data:
            units, gross, count = Decimal(0), data["amount"]["amountMinor"], 0
        else:
            units, gross, count = Decimal(data["quantity"]["value"]), 0, 1
        for place in (types, days.setdefault(event["time"][:10], {})):
            entry = place.setdefault(event["type"], log_totals.empty())
            entry["events"] += 1
            entry["lines"] += count
            entry["units"] += units
            entry["grossMinor"] += gross
    return {"types": types, "days": days}


@pytest.fixture(scope="module")
def real_log(tmp_path_factory):
    if REAL_LOG is None:
        pytest.skip(f"the retailer's log is not here: no {ARCHIVE} above {SOURCE}")
    directory = tmp_path_factory.mktemp("retail_log")
    files = []
    with tarfile.open(REAL_LOG) as archive:
        for member in archive:
            if member.isfile() and member.name.endswith(".csv"):
                target = directory / pathlib.PurePosixPath(member.name).name
                target.write_bytes(archive.extractfile(member).read())
                files.append(target)
    return sorted(files)


def test_the_totals_of_our_own_log_are_the_ones_worked_out_by_hand():
    totals = log_totals.totals(OWN_LOGS)["types"]
    # 1530 + 1 + 1800 + 510 | 0 + 255 | -5 + 0 + 500 | 102 (half a penny goes away from zero)
    assert totals[log_totals.SALE] == {"events": 4, "lines": 10, "units": Decimal("19.5"), "grossMinor": 4693}
    assert totals[log_totals.RETURN] == {"events": 1, "lines": 2, "units": 4, "grossMinor": 2750 + 335}
    assert totals[log_totals.TENDER]["grossMinor"] == -1106206
    assert totals[log_totals.STOCK] == {"events": 2, "lines": 2, "units": 46, "grossMinor": 0}


def test_the_till_makes_of_our_own_log_what_it_adds_up_to():
    events = events_of(OWN_LOGS)
    assert totals_of(events) == log_totals.totals(OWN_LOGS)
    by_id = {event["id"]: event for event in events}
    assert set(by_id) == {"900001", "900002", "C900003", "900004/1", "900004/2", "A900005", "900006", "900007"}
    assert by_id["900001"]["time"] == "2011-03-26T08:26:00+00:00"
    assert by_id["A900005"]["time"] == "2011-03-28T14:50:00+01:00", "summer time began on the 27th"
    descriptions = [line.get("description") for line in by_id["900001"]["data"]["lines"]]
    assert descriptions == ['SIGN, "HOME" RED', "CAFé MUG", "POSTAGE", "SIGN LATE"]
    kinds = [line["kind"] for line in by_id["900006"]["data"]["lines"]]
    assert kinds == ["fee", "sale", "sale"]


def test_files_in_another_order_give_the_same_totals():
    reverse = OWN_LOGS[::-1]
    assert totals_of(events_of(reverse)) == log_totals.totals(reverse)


def test_the_real_log_adds_up_to_the_penny(real_log):
    events = events_of(real_log)
    totals = totals_of(events)
    assert totals == log_totals.totals(real_log)
    assert totals["types"][log_totals.SALE]["events"] == 6445
    assert totals["types"][log_totals.RETURN]["events"] == 1363
    assert totals["types"][log_totals.STOCK]["events"] == 813
    assert len(totals["days"]) == 116
    times = [event["time"] for event in events]
    assert len({event["id"] for event in events}) == len(events) == 8621
    assert times[:1] + times[-1:] == [min(times, key=_instant), max(times, key=_instant)]


def _instant(text):
    return log_totals.datetime.fromisoformat(text)
