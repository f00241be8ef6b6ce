"""The driver `file_drop` and the ways of its sources: how they say that a file is finished, shares that tell nothing, a
source that drops without end beside one that drops little."""

import json
import os
import pathlib
import time

import pytest

from drop_folder import HEADER, Drop, receipt, sales_file
from shop import BIN, sale, wait_for


def wait_until_read_in_part(drop):
    wait_for("a part of the file to be read", lambda: drop.state()["last_delivery"])
    assert drop.left()


@pytest.mark.fault("F38")
def test_a_marker_says_that_a_file_is_finished_and_goes_with_it(shop):
    drop = Drop(shop, marker=".done").start()
    drop.put("a.csv", sales_file([1, 2]))
    drop.put("b.csv", sales_file([3, 4]))
    drop.put("b.csv.done", "")
    drop.assert_all_once([3, 4])
    wait_for("file and marker to go", lambda: drop.left() == ["a.csv"])
    drop.put("a.csv.done", "")
    drop.assert_all_once([1, 2, 3, 4])
    drop.wait_until_empty()


@pytest.mark.fault("F38")
def test_a_file_that_is_opened_anew_for_each_row_is_read_when_it_rests(shop):
    drop = Drop(shop, settle_s=2).start()
    for number in range(1, 16):
        with open(drop.directory / "day.csv", "a") as file:
            file.write((HEADER if number == 1 else "") + receipt(number))
        time.sleep(0.3)
    assert drop.sales() == [] and drop.left() == ["day.csv"]
    drop.assert_all_once(range(1, 16))
    drop.wait_until_empty()
    assert len(drop.kept()) == 1


@pytest.mark.fault("F38")
def test_what_is_written_behind_a_file_while_it_is_read_is_read_too(shop):
    drop = Drop(shop).start()
    drop.put("day.csv", sales_file(range(1, 20_001)))
    wait_until_read_in_part(drop)
    with open(drop.directory / "day.csv", "a") as file:
        file.writelines(receipt(number) for number in range(20_001, 20_101))
    drop.assert_all_once(range(1, 20_101), 120)
    drop.wait_until_empty()


@pytest.mark.fault("F39")
def test_a_polite_end_in_the_middle_of_a_file_goes_on_there(shop):
    drop = Drop(shop).start()
    drop.put("day.csv", sales_file(range(1, 20_001)))
    wait_until_read_in_part(drop)
    assert drop.agent.stop() == 0
    assert drop.left() == ["day.csv"]
    drop.agent.start()
    drop.assert_all_once(range(1, 20_001), 120)
    assert drop.sales() == list(range(1, 20_001))
    drop.wait_until_empty()
    assert [name for name in drop.kept() if name.endswith(".txt")] == [], "no duplicate, no exception to tell of"


@pytest.mark.fault("F40")
@pytest.mark.native  # loads a library first
def test_a_share_that_gives_no_hints_and_no_leases_is_polled(shop, monkeypatch):
    monkeypatch.setenv("LD_PRELOAD", str(BIN.parent / "tests/libstoreward-like-a-share.so"))
    drop = Drop(shop, settle_s=1).start()
    drop.put("a.csv", sales_file([1, 2]))
    drop.assert_all_once([1, 2])
    drop.put("b.csv", sales_file([3, 4]))
    drop.assert_all_once([1, 2, 3, 4])
    drop.wait_until_empty()
    assert len(drop.kept()) == 2
    assert drop.state()["state"] == "ok"


def test_a_file_that_fits_several_patterns_is_the_first_drivers(shop):
    drop = Drop(shop, pattern="sales*.csv")
    drop.agent.drivers.append({**drop.agent.drivers[0], "name": "rest", "pattern": "*.csv", "directory": f"{drop.directory}/"})
    drop.start()
    wait_for("both to read", lambda: {one["state"] for one in drop.agent.status()["drivers"]} == {"ok"})
    for number in range(1, 41):
        drop.put(f"sales{number}.csv" if number % 2 else f"other{number}.csv", sales_file([number]))
    drop.wait_until_empty()
    drop.assert_all_once(range(1, 41))
    sources = {event["data"]["sequenceNo"]: event["source"].split("/")[-1]
               for event in map(json.loads, drop.hub.events()) if event["type"] == "retail.sale.completed.v1"}
    assert sources == {number: "tills" if number % 2 else "rest" for number in range(1, 41)}


def test_drivers_that_do_not_know_of_each_other_do_not_share_a_directory(shop):
    drop = Drop(shop, pattern="sales*.csv")
    (shop.directory / "link").symlink_to(drop.directory)
    drop.agent.drivers.append({**drop.agent.drivers[0], "name": "rest", "pattern": "*.csv",
                               "directory": str(shop.directory / "link")})
    drop.start()

    def states():
        return sorted(one["state"] for one in drop.agent.status()["drivers"])

    wait_for("one of them to stand back", lambda: states() == ["failing", "ok"])
    detail = next(one["detail"] for one in drop.agent.status()["drivers"] if one["state"] == "failing")
    assert "another agent or driver reads" in detail and 'pattern = "' in detail
    for number in range(1, 41):
        drop.put(f"sales{number}.csv", sales_file([number]))
    drop.assert_all_once(range(1, 41))
    assert states() == ["failing", "ok"]



@pytest.mark.fault("F45")
@pytest.mark.measures
def test_a_source_that_drops_without_end_does_not_move_another(shop, figure):
    drop = Drop(shop)
    noisy = shop.directory / "noisy"
    noisy.mkdir()
    drop.agent.drivers.append({**drop.agent.drivers[0], "name": "noisy", "directory": str(noisy), "settle_s": 0})
    count = 150_000
    (noisy / ".big.csv").write_text(sales_file(range(1, count + 1), register=2))
    drop.start()
    os.rename(noisy / ".big.csv", noisy / "big.csv")
    wait_for("the noise", lambda: next(one for one in drop.agent.status()["drivers"]
                                       if one["name"] == "noisy")["last_delivery"])
    files, posts = [], []
    for number in range(900_001, 900_011):
        begun = time.monotonic()
        drop.put(f"{number}.csv", sales_file([number]))
        wait_for("a small file to be in the store", lambda: not drop.left(), 20, 0.01)
        files.append(time.monotonic() - begun)
        begun = time.monotonic()
        assert drop.agent.post([sale(number)])[0] == 200
        posts.append(time.monotonic() - begun)
    assert (noisy / "big.csv").exists(), "the noise went on all the while"
    figure(f"beside a file of {count:,} receipts: a small file {max(files):.1f} s at most, a post {max(posts):.2f} s")
    assert max(files) < 3 and max(posts) < 1
    wait_for("the noise to end", lambda: not (noisy / "big.csv").exists(), 180)


def test_a_receipt_that_a_spreadsheet_has_renumbered_is_told_as_one_number_twice(drop):
    drop.start()
    drop.put("day.csv", sales_file(["1", "2"]))
    drop.assert_all_once([1, 2])
    drop.put("sheet.csv", sales_file(["1.0"]))
    drop.assert_all_once([1, 1, 2])
    flags = {event["data"]["saleKey"].rsplit("/", 1)[1]: event["data"].get("quality", {}).get("flags", [])
             for event in drop.hub.events_of("retail.sale.completed.v1")}
    assert flags == {"1": [], "2": [], "1.0": ["duplicateReceiptNumber"]}


FIXTURES = pathlib.Path(__file__).parents[1] / "templates"


@pytest.mark.parametrize(("template", "fixture", "answer"), [
    ("x12", "adjustment-947-catch-weight.edi", b"AK1*AW*1~AK2*947*0001~AK5*A~AK9*A*1*1*1~"),
    ("edifact", "inventory-invrpt.edi", b"UCI+4101+4012345000009:14+4098765000003:14+7'"),
])
def test_what_a_partner_expects_as_answer_is_written_once_all_is_stored(shop, template, fixture, answer):
    answers = shop.directory / "answers"
    answers.mkdir()
    drop = Drop(shop, template=template, answer_directory=str(answers)).start()
    drop.put("own.edi", (FIXTURES / template / fixture).read_bytes())
    drop.wait_until_empty()
    (written,) = answers.iterdir()
    assert written.name == [name for name in drop.kept() if name.endswith(".edi")][0] + ".ack"
    said = written.read_bytes()
    assert said.count(answer) == said.count(answer[:4]) == 1, said


CUT = "interchanges-that-do-not-add-up.edi"


@pytest.mark.fault("F38")
@pytest.mark.parametrize(("template", "beginning", "trailers", "answers"), [
    ("x12", b"ST*846", b"GE*1*3~IEA*1*000000403~", [b"AK9*E*3*1*1*5~", b"AK9*R*0*0*0*3~", b"AK9*E*1*1*1*3~"]),
    ("edifact", b"UNH+1", b"UNZ+1+4203'", [b"UCI+4201+", b"UCI+4203+"]),
])
def test_interchanges_that_do_not_add_up_are_told_and_the_whole_that_comes_later_repeats_them(
        shop, template, beginning, trailers, answers):
    content = (FIXTURES / template / CUT).read_bytes()
    answered = shop.directory / "answers"
    answered.mkdir()
    drop = Drop(shop, template=template, answer_directory=str(answered)).start()
    drop.put("cut.edi", content)
    drop.wait_until_empty()

    def levels():
        return drop.hub.events_of("retail.stock.snapshot.v1")

    def waiting():
        return json.loads(drop.agent.cli("exceptions", "list", "--json").stdout)["exceptions"]

    wait_for("both levels", lambda: len(levels()) == 2)
    reasons = [one["reason"] for one in waiting()]
    assert len(reasons) == 3 and all("does not add up: " in one and "What was read is taken in" in one for one in reasons)
    report = drop.report("cut")
    assert all(one in report for one in reasons), report
    (written,) = answered.iterdir()
    said = written.read_bytes()
    assert all(one in said for one in answers), said

    drop.put("only-a-head.edi", content[:content.index(beginning)])
    drop.wait_until_empty()
    assert any(name.startswith("only-a-head") for name in drop.kept("failed"))

    drop.put("whole.edi", content.rstrip() + trailers)
    drop.wait_until_empty()
    reasons = [one["reason"] for one in waiting()]
    assert not [one for one in reasons if "conflict" in one]
    assert len(levels()) == 2 and not any(event["data"]["quality"].get("warnings") for event in levels())
