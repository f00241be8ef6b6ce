"""The driver `file_drop`: what is left of a file in done/ and failed/ tells its story, without card numbers, for its days."""

import os
import random
import time

import pytest

from card_canaries import Canaries, grouped as grouped_by, runs_of
from drop_folder import receipt, sales_file
from shop import wait_for


def test_a_file_of_which_nothing_can_be_read_is_in_failed_with_the_reason_beside_it(drop):
    drop.start()
    drop.put("photo.csv", "name,size\nholiday,12\nbeach,13\n")
    drop.put("mixed.csv", sales_file([1, 2]) + "2026-11-20,1,3,yesterday evening,A3,2,1.50,3.00,,\n" + receipt(4))
    drop.wait_until_empty()
    drop.assert_all_once([1, 2, 4])
    words = drop.report("photo.", "failed", ".reason.txt")
    assert "failed: not one of its records became an event" in words and "there is no column" in words
    assert [name for name in drop.kept("failed") if name.endswith(".csv")]
    words = drop.report("mixed.", ending=".report.txt")
    assert "events      3" in words and "exceptions  1" in words and "time" in words
    assert drop.agent.status()["exceptions"]["open"] == 2
    assert drop.state()["state"] == "ok"


def test_what_failed_is_read_again_when_it_is_put_there_again(drop):
    drop.agent.drivers[0]["template"] = "online-retail"
    drop.start()
    drop.put("day.csv", sales_file([1, 2]))
    drop.wait_until_empty()
    drop.report("day.", "failed", ".reason.txt")
    drop.agent.stop()
    drop.agent.drivers[0]["template"] = "csv-sales"
    drop.agent.start()
    drop.put("day.csv", sales_file([1, 2]))
    drop.assert_all_once([1, 2])
    drop.wait_until_empty()


def test_a_failed_file_asks_for_a_look_until_it_is_dealt_with(drop):
    drop.agent.drivers[0]["template"] = "online-retail"
    drop.start()
    assert drop.state()["look"] is False
    drop.put("day.csv", sales_file([1, 2]))
    drop.put("photo.csv", "name,size\nholiday,12\n")
    wait_for("a look to be asked for", lambda: "2 files have failed" in drop.state()["detail"])
    said = drop.state()
    assert (said["state"], said["look"]) == ("ok", True)
    reason = said["detail"].split("why: ")[1].split(". Mend")[0]  # as the words name it, it is there
    assert (drop.directory / reason).read_text().startswith("day.csv\nfailed: ")
    assert "look  2 files have failed" in drop.agent.cli("status").stdout
    drop.agent.stop()
    drop.agent.drivers[0]["template"] = "csv-sales"  # the template is mended
    drop.agent.start()
    wait_for("it to be said after a start, too", lambda: drop.state()["look"])
    drop.put("day.csv", sales_file([1, 2]))
    wait_for("one to be settled", lambda: "1 file has failed; why: failed/photo." in drop.state()["detail"])
    drop.assert_all_once([1, 2])
    for kept in (drop.directory / "failed").iterdir():  # a technician has seen to it
        kept.unlink()
    wait_for("all to be settled", lambda: not drop.state()["look"])
    assert drop.state()["detail"].startswith("since the start: ")


def files_below(*roots):
    return [path for root in roots for path in [root, *root.rglob("*")] if path.is_file()]


def test_no_card_number_of_a_file_is_left_anywhere_and_no_original(drop):
    canaries = Canaries(random.Random(4))
    spaced = canaries.make("a note of a sale", [("4", 16)])
    whole = canaries.make("a record that cannot be read", [("51", 16)])
    named = canaries.make("a file's name", [("4", 16)])
    failed = canaries.make("a failed file", [("4", 16)])
    tabbed = canaries.make("groups in columns", [("4", 16)])
    drop.start()
    grouped = grouped_by(spaced, " ")
    drop.put(f"card {named}.csv", sales_file([1], note=f" paid with {grouped}") +
             f"2026-11-20,1,2,yesterday,card {whole},2,1.50,3.00,,\n")
    drop.put("failed.csv", f"name,size\ncard {''.join(f'&#{ord(digit)};' for digit in failed)},12\n"
             f"card {grouped_by(tabbed, chr(9))},13\n")
    drop.wait_until_empty()
    drop.assert_all_once([1])
    drop.agent.stop()
    assert drop.kept("done") and drop.kept("failed")
    for path in files_below(drop.directory, drop.agent.state, drop.agent.process.log):
        found = canaries.found_in(os.fsencode(path.name) + path.read_bytes())
        assert not found, f"{path}: {found}"
    for data, plain in runs_of(drop.agent.state / "outbox.db"):
        assert not canaries.found_in(plain)
    assert not canaries.found_in(b"\n".join(drop.hub.events()))
    [copy] = [name for name in drop.kept() if name.endswith(".csv")]
    assert grouped[-4:] in (drop.directory / "done" / copy).read_text()  # a copy all the same, without them


def test_a_file_with_a_column_of_secrets_leaves_no_copy(drop):
    drop.start()
    drop.put("cvv.csv", sales_file([1]).replace("paid\n", "paid,cvv\n").replace("3.00,,\n", "3.00,,,\n")
             .replace("cash,3.00\n", "cash,3.00,737\n"))
    drop.wait_until_empty()
    drop.assert_all_once([1])
    assert "copy        none: card data in it could not be masked" in drop.report("cvv.")
    assert [name for name in drop.kept() if name.endswith(".csv")] == []


@pytest.mark.fault("F38")
def test_a_file_of_which_nothing_could_be_kept_stays_and_asks_for_a_look(drop):
    drop.start()
    drop.put("day.csv", sales_file(range(1, 301)).encode("utf-16"))
    drop.put("zip.csv", b"PK\x03\x04\0\0" + os.urandom(100))
    drop.put("good.csv", sales_file([1000]))
    drop.assert_all_once([1000])  # the others go on
    wait_for("a look to be asked for", lambda: "and 1 more such file" in drop.state()["detail"])
    said = drop.state()
    assert (said["state"], said["look"]) == ("ok", True)
    assert "day.csv: not one of its records became an event" in said["detail"]
    assert "it is UTF-16, and the template reads csv in utf-8" in said["detail"]
    assert "look  day.csv: not one" in drop.agent.cli("status").stdout
    assert drop.left() == ["day.csv", "zip.csv"] and drop.kept("failed") == []
    exceptions = drop.agent.status()["exceptions"]["open"]
    drop.agent.stop()
    drop.agent.start()
    wait_for("it to be said after a start, too", lambda: drop.state()["look"])
    assert drop.left() == ["day.csv", "zip.csv"]
    assert drop.agent.status()["exceptions"]["open"] == exceptions  # it is not read again as it is
    drop.put("day.csv", sales_file(range(1, 301)))  # written anew, as the template reads it
    drop.assert_all_once([*range(1, 301), 1000])
    (drop.directory / "zip.csv").unlink()  # it is not needed
    wait_for("all to be settled", lambda: not drop.state()["look"])
    assert drop.left() == []


@pytest.mark.fault("F38")
def test_what_stayed_is_read_when_the_template_is_mended(drop, shop):
    templates = shop.directory / "templates"
    templates.mkdir()
    drop.agent.tables["templates"] = {"directory": str(templates)}
    drop.agent.drivers[0]["template"] = "own"
    (templates / "own.toml").write_text('[template]\nname = "own"\nversion = "1"\nextends = "csv-sales"\n')
    drop.start()
    drop.put("day.csv", sales_file([1, 2]).encode("utf-16"))
    wait_for("a look to be asked for", lambda: drop.state()["look"])
    drop.agent.stop()
    with open(templates / "own.toml", "a") as mended:
        mended.write('[format]\nencoding = "utf-16"\n')
    drop.agent.start()
    drop.assert_all_once([1, 2])
    drop.wait_until_empty()
    assert "the template reads csv in utf-16" in drop.report("day.", ending=".report.txt")
    wait_for("all to be settled", lambda: not drop.state()["look"])


def test_nothing_stays_of_a_file_where_originals_are_removed(drop):
    drop.agent.drivers[0]["originals"] = "removed"
    drop.start()
    drop.put("day.csv", sales_file([1]))
    drop.put("bad.csv", "name,size\nholiday,12\n")
    drop.assert_all_once([1])
    wait_for("what has been read to go", lambda: drop.left() == ["bad.csv"])
    assert drop.kept() == [] and drop.kept("failed") == []
    wait_for("a look to be asked for", lambda: drop.state()["look"])  # it has not been read, and there is no other
    assert "bad.csv: not one of its records became an event" in drop.state()["detail"]


def test_copies_and_reports_are_deleted_after_their_days(drop):
    drop.agent.drivers[0]["keep_days"] = 7
    drop.start()
    drop.put("day.csv", sales_file([1, 1]))
    drop.put("bad.csv", "name,size\nholiday,12\n")
    drop.wait_until_empty()
    drop.agent.stop()
    [copy] = [name for name in drop.kept() if name.endswith(".csv")]
    (drop.directory / "done/young.csv").write_text("young")
    for place, days in (("done", 8), ("failed", 8)):
        for path in (drop.directory / place).iterdir():
            if path.name != "young.csv":
                os.utime(path, (time.time() - days * 86_400,) * 2)
    for number in range(15_000):  # young ones in plenty
        os.close(os.open(drop.directory / f"done/{number}.csv", os.O_CREAT | os.O_WRONLY))
    drop.agent.start()
    wait_for("the old copy to go", lambda: not (drop.directory / "done" / copy).exists())
    assert len(drop.kept()) == 15_001
    assert len(drop.kept("failed")) == 2  # at least 90 days
