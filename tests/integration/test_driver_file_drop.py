"""The driver `file_drop`: whatever is put into the directory, and whenever the agent dies, each record of a finished file
is at the hub once."""

import json
import os
import random
import socket
import stat
import time
from string import ascii_letters

import pytest

from drop_folder import HEADER, receipt, sales_file
from shop import BIN, alert, driver_of, memory_mib, wait_for


def test_sales_of_a_dropped_file_are_at_the_hub_and_its_copy_in_done(drop):
    drop.start()
    assert drop.state().get("last_delivery") is None
    drop.put("monday.csv", sales_file(range(1, 501)))
    drop.assert_all_once(range(1, 501))
    drop.wait_until_empty()
    [copy] = drop.kept()
    assert copy.startswith("monday.") and copy.endswith(".csv")
    assert (drop.directory / "done" / copy).read_text() == sales_file(range(1, 501))
    assert drop.sales() == list(range(1, 501))  # in the order of the file
    state = drop.state()
    assert state["state"] == "ok" and state["last_delivery"]
    assert drop.agent.stop() == 0


@pytest.mark.fault("F6")
@pytest.mark.fault("F39")
def test_a_kill_at_any_moment_of_a_file_loses_and_doubles_nothing(drop, full, figure):
    seed = int(os.environ.get("STOREWARD_SEED", time.time_ns() % 1_000_000))
    print(f"STOREWARD_SEED={seed}")
    chance = random.Random(seed)
    kills = 200 if full else 10
    count = 0
    drop.start()
    for turn in range(kills):
        size = chance.choice([1, 50, 3_000, 6_000])
        drop.put(f"file-{turn}.csv", sales_file(range(count + 1, count + 1 + size)))
        count += size
        time.sleep(chance.uniform(0, 0.4))
        drop.agent.kill()
        drop.agent.start()
    figure(f"{kills} kills, {count} receipts, seed {seed}")
    drop.wait_until_empty(120)
    drop.assert_all_once(range(1, count + 1), 300)
    assert drop.agent.status()["exceptions"]["open"] == 0
    assert drop.kept("failed") == []
    drop.agent.stop()
    assert "clean" in drop.agent.cli("verify").stdout


@pytest.mark.fault("F38")
def test_a_file_that_is_still_being_written_is_left_alone_until_it_is_finished(drop):
    drop.agent.drivers[0]["settle_s"] = 2
    drop.start()
    path = drop.directory / "growing.csv"
    with open(path, "w") as growing:
        growing.write(HEADER)
        for number in range(1, 8):
            growing.write(receipt(number))
            growing.flush()
            time.sleep(0.5)
        time.sleep(4)  # it does not grow, but it is open for writing
        assert drop.sales() == [] and drop.left() == ["growing.csv"]
        said = drop.state()
        assert (said["state"], said["look"]) == ("ok", False)  # after ten minutes it is a look
        assert said["detail"].startswith("growing.csv has been waiting since 20")
        assert "a program has it open for writing" in said["detail"]
        growing.write(receipt(8))
    drop.assert_all_once(range(1, 9))
    drop.wait_until_empty()
    wait_for("nothing to be waited for", lambda: drop.state()["detail"].startswith("since the start"))
    assert len(drop.kept()) == 1


@pytest.mark.fault("F38")
def test_what_a_file_had_before_it_was_truncated_or_grew_counts_once(drop):
    drop.start()
    path = drop.directory / "day.csv"
    whole = sales_file(range(1, 4001))
    path.write_text(whole)  # in place, for a source that is not careful: cut and written anew while it is read
    for share in (0.3, 0.6, 1):
        with open(path, "w") as again:
            again.write(whole[:int(len(whole) * share)].rpartition("\n")[0] + "\n")
        time.sleep(0.1)
    drop.wait_until_empty()
    drop.assert_all_once(range(1, 4001))


@pytest.mark.fault("F38")
def test_a_file_without_a_byte_is_done_and_reported(drop):
    drop.start()
    drop.put("nothing.csv", "")
    drop.put("header.csv", HEADER)
    drop.wait_until_empty()
    assert "done: the file is empty" in drop.report("nothing.")
    assert "done: there is no record in it" in drop.report("header.", ending=".report.txt")
    assert drop.kept("failed") == []
    assert drop.state()["state"] == "ok"


@pytest.mark.fault("F38")
def test_the_same_content_again_is_reported_and_not_read(drop):
    drop.start()
    content = sales_file(range(1, 101))
    drop.put("day.csv", content)
    drop.wait_until_empty()
    drop.put("copy.csv", content)
    drop.put("day.csv", content)
    drop.wait_until_empty()
    drop.assert_all_once(range(1, 101))
    for name in ("copy.", "day."):
        words = drop.report(name, ending=".repeat.txt")
        assert "the same content was read before, as day.csv" in words and "100 records" in words
    drop.agent.stop()
    drop.agent.start()
    drop.put("later.csv", content)  # it is remembered
    drop.wait_until_empty()
    assert "as day.csv" in drop.report("later.", ending=".repeat.txt")
    drop.assert_all_once(range(1, 101))


@pytest.mark.fault("F38")
def test_the_same_name_with_another_content_is_read_and_what_is_known_is_not_doubled(drop):
    drop.start()
    drop.put("day.csv", sales_file(range(1, 51)))
    drop.wait_until_empty()
    drop.put("day.csv", sales_file(range(1, 81)))
    drop.wait_until_empty()
    drop.assert_all_once(range(1, 81))
    words = drop.report("day.", ending=".report.txt")
    assert "a file of this name came before, with another content" in words
    assert "events      80" in words and "duplicates  50" in words
    assert len([name for name in drop.kept() if name.endswith(".csv")]) == 2


@pytest.mark.fault("F38")
def test_a_file_that_was_mended_and_comes_again_contradicts_nothing(drop):
    drop.start()
    drop.put("day.csv", sales_file([1, 2, 3]).encode().replace(b",A2,", b",\xe42,"))  # no UTF-8
    drop.wait_until_empty()
    wrong = drop.agent.status()["exceptions"]["open"]
    drop.put("day.csv", sales_file([1, 2, 3]))
    drop.wait_until_empty()
    drop.assert_all_once([1, 2, 3])
    assert 0 < wrong == drop.agent.status()["exceptions"]["open"]


@pytest.mark.fault("F38")
def test_a_record_in_another_file_and_at_another_place_is_known_again(drop):
    drop.start()
    drop.put("today.csv", sales_file(range(1, 51)))
    drop.wait_until_empty()
    drop.put("the-week.csv", sales_file([60, *range(1, 51), 61]))
    drop.wait_until_empty()
    drop.assert_all_once([*range(1, 51), 60, 61])
    assert drop.agent.status()["exceptions"]["open"] == 0


@pytest.mark.fault("F40")
def test_links_pipes_and_devices_are_refused_one_by_one_and_the_rest_goes_on(drop, shop):
    secret = shop.directory / "elsewhere.csv"
    secret.write_text(sales_file([900]))
    (drop.directory / "symlink.csv").symlink_to(secret)
    (drop.directory / "dangling.csv").symlink_to("../nowhere")
    os.link(secret, drop.directory / "hard.csv")
    os.mkfifo(drop.directory / "pipe.csv")
    (drop.directory / "folder.csv").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(drop.directory / "socket.csv"))
    if os.geteuid() == 0:
        os.mknod(drop.directory / "device.csv", 0o600 | stat.S_IFCHR, os.makedev(1, 5))  # /dev/zero: endless
    refused = drop.left()
    drop.start()
    drop.put("good.csv", sales_file(range(1, 11)))
    drop.assert_all_once(range(1, 11))
    wait_for("the good file to go", lambda: drop.left() == refused)
    log = drop.agent.process.log.read_text()
    for words in ("symlink.csv: not read, for it is a symbolic link", "pipe.csv: not read, for it is a FIFO",
                  "folder.csv: not read, for it is a directory",
                  "hard.csv: not read, for it is a file with a second name (hard link)"):
        assert log.count(words) == 1, log
    assert secret.read_text() == sales_file([900])
    secret.unlink()  # the other name goes: it is a plain file from now on
    drop.assert_all_once([*range(1, 11), 900])


@pytest.mark.fault("F40")
def test_names_of_any_bytes_are_read_and_shown_harmlessly(drop):
    drop.start()
    names = [b"new\nline.csv", b"not-utf8-\xff\xfe.csv", b"tab\t and \x1b[31mred.csv", b"-rf.csv", b"dots...csv",
             "Übung 日本.csv".encode(), b"back\\slash.csv", b"%s%n.csv", b"x" * 251 + b".csv"]
    for number, name in enumerate(names, 1):
        drop.put(name, sales_file([number]))
    drop.assert_all_once(range(1, len(names) + 1))
    wait_for("all to be done", lambda: drop.left() == [])
    assert len([name for name in drop.kept() if name.endswith(".csv")]) == len(names)
    kept = b"".join(os.listdir(os.fsencode(drop.directory / "done")))
    log = drop.agent.process.log.read_bytes()
    for byte in (b"\n", b"\xff", b"\x1b", b"\t"):
        assert byte not in kept
        assert byte == b"\n" or byte not in log
    assert rb"new\x0aline" in kept and rb"new\x0aline" in log


@pytest.mark.fault("F40")
@pytest.mark.native
def test_however_many_files_there_are_a_look_is_bounded_and_each_that_is_meant_is_read(drop, full, figure):
    drop.agent.drivers[0]["pattern"] = "*.csv"
    crowd = 1_000_000 if full else 25_000
    for number in range(crowd):
        os.close(os.open(drop.directory / f"other-{number:07d}.txt", os.O_CREAT | os.O_WRONLY))
    for number in range(1, 201):
        (drop.directory / f"{number}.csv").write_text(sales_file([number]))
    drop.start()
    begun = time.monotonic()
    drop.assert_all_once(range(1, 201), 600 if full else 60)
    figure(f"200 files among {crowd:,} others: {time.monotonic() - begun:.1f} s, {memory_mib(drop.agent):.0f} MiB")
    assert memory_mib(drop.agent) < 200
    assert drop.agent.get("/readyz")[0] == 200
    assert len(drop.left()) >= crowd


@pytest.mark.fault("F40")
@pytest.mark.native
def test_memory_does_not_grow_with_the_file(drop, full, figure):
    drop.broker.stop()
    drop.start()

    def read(name, rows):
        with open(drop.directory / ".part", "w") as file:
            file.write(HEADER)
            for number in range(rows):
                file.write(receipt(number % 9_000 + 1, register=number // 9_000 + 1))
        size = (drop.directory / ".part").stat().st_size
        (drop.directory / ".part").rename(drop.directory / name)
        drop.wait_until_empty(3_600)
        return size, memory_mib(drop.agent)

    _, small = read("small.csv", 20_000)
    size, big = read("big.csv", 10_000_000 if full else 200_000)
    figure(f"peak {small:.0f} MiB after 2 MB, {big:.0f} MiB after {size / 1e6:,.0f} MB")
    assert big - small < 48
    assert drop.kept("failed") == [] and drop.agent.status()["exceptions"]["open"] == 0


@pytest.mark.fault("F40")
def test_a_directory_that_goes_away_is_said_and_comes_back_where_it_was(drop, shop):
    drop.start()
    drop.put("first.csv", sales_file(range(1, 11)))
    drop.wait_until_empty()
    away = shop.directory / "away"
    drop.directory.rename(away)
    wait_for("it to be said", lambda: drop.state()["state"] == "failing")
    assert "Is the share mounted" in drop.state()["detail"]
    drop.directory.mkdir()  # an empty mount point
    (drop.directory / "wrong.csv").write_text(sales_file([99]))
    wait_for("it to be told apart", lambda: "is not the directory it was" in drop.state()["detail"])
    assert drop.left() == ["wrong.csv"]
    assert drop.agent.get("/readyz")[0] == 200
    (drop.directory / "wrong.csv").unlink()
    drop.directory.rmdir()
    (away / "second.csv").write_text(sales_file(range(11, 21)))
    away.rename(drop.directory)
    wait_for("it to work again", lambda: drop.state()["state"] == "ok")
    drop.assert_all_once(range(1, 21))
    drop.wait_until_empty()


def fill_the_outbox(drop, max_bytes, most):
    """Starts the agent with more files than it has room for: the receipts from 1 to `most`."""
    drop.agent.tables["store"]["max_bytes"] = max_bytes
    drop.start()
    chance = random.Random(1)
    for first in range(1, most, 1000):
        rows = "".join(receipt(number, note="".join(chance.choices(ascii_letters, k=240)))
                       for number in range(first, first + 1000))
        drop.put(f"{first}.csv", HEADER + rows)
    wait_for("the store to be full", lambda: drop.state()["state"] == "paused", 60)


def test_while_the_store_takes_nothing_the_files_wait_and_nothing_is_skipped(drop):
    drop.broker.stop()
    most = 32_000
    fill_the_outbox(drop, 8 << 20, most)
    assert drop.state()["detail"].startswith(("the store takes nothing: ", "the outbox is full"))
    assert drop.left()
    for _ in range(7):  # whatever ends the agent meanwhile, no record is to blame for it
        drop.agent.kill()
        drop.agent.spawn()  # it will not be ready, for want of room
        time.sleep(1.5)
    drop.broker.start()
    drop.assert_all_once(range(1, most + 1), 120)
    drop.wait_until_empty()
    assert drop.kept("failed") == [] and drop.agent.status()["exceptions"]["open"] == 0
    wait_for("room", lambda: drop.state()["state"] == "ok")


@pytest.mark.fault("F8")
def test_the_smallest_outbox_takes_files_again_when_it_has_drained(drop):
    drop.broker.stop()
    most = 16_000
    fill_the_outbox(drop, 4 << 20, most)
    drop.broker.start()
    drop.assert_all_once(range(1, most + 1), 120)
    drop.wait_until_empty()
    wait_for("room", lambda: drop.state()["state"] == "ok" and not alert(drop.agent, "store_low"))


def test_two_agents_never_read_the_same_files(drop, shop):
    drop.start()
    second = shop.agent(drop.broker.url, name="second")
    second.drivers.append(dict(drop.agent.drivers[-1]))
    second.start()

    def state_of_second():
        return driver_of(second)

    wait_for("the second to say so", lambda: "another agent or driver reads" in state_of_second().get("detail", ""))
    assert state_of_second()["state"] == "failing"
    for number in range(1, 31):
        drop.put(f"{number}.csv", sales_file([number]))
    drop.assert_all_once(range(1, 31))
    drop.agent.kill()  # its lock goes with it
    drop.put("last.csv", sales_file([31]))
    drop.assert_all_once(range(1, 32))
    assert state_of_second()["state"] == "ok"
    # And the first, back again, waits for the second.
    drop.agent.start()
    wait_for("the first to say so", lambda: drop.state()["state"] == "failing")
    second.stop()
    drop.put("back.csv", sales_file([32]))
    drop.assert_all_once(range(1, 33))


@pytest.mark.fault("F6")
@pytest.mark.native  # loads a library first
def test_a_record_over_which_the_agent_ends_again_and_again_is_set_aside(drop, monkeypatch):
    drop.start()
    drop.agent.stop()
    drop.put("day.csv", sales_file(range(1, 501)) + receipt(501, note="POISON") + sales_file(range(502, 601))[len(HEADER):])
    drop.put("later.csv", sales_file(range(601, 611)))
    monkeypatch.setenv("LD_PRELOAD", str(BIN.parent / "tests/libstoreward-poison.so"))
    lives = 0
    while drop.left() and lives < 8:
        drop.agent.spawn()
        lives += 1
        wait_for("its end, or that of the files", lambda: not drop.agent.process.running() or not drop.left(), 60)
    assert drop.left() == [] and drop.agent.process.running()
    assert 3 < lives <= 6
    drop.assert_all_once([*range(1, 501), *range(502, 611)])
    listed = drop.agent.cli("exceptions", "list").stdout
    assert "ended 3 times while it read this record" in listed
    assert "day.csv line 1002" in listed
    assert "exceptions  1" in drop.report("day.", ending=".report.txt")
    assert drop.agent.status()["exceptions"]["open"] == 1


def test_a_template_knows_the_files_name_and_time(drop, shop):
    """A stock list rarely says in its rows when it was counted."""
    templates = shop.directory / "templates"
    templates.mkdir()
    drop.agent.tables["templates"] = {"directory": str(templates)}
    drop.agent.drivers[0]["template"] = "stock"
    (templates / "stock.toml").write_text(
        '[template]\nname = "stock"\nversion = "1"\nextends = "csv-inventory"\n[named]\nas_of = {value = "modifiedAt"}\n'
        '[[event]]\nname = "level"\n[event.data]\nlot = {value = "file"}\n')
    drop.start()
    listed = shop.directory / "list"
    listed.write_text("sku,on_hand\nA,5\nB,7\n")
    os.utime(listed, (1_795_166_102, 1_795_166_102))
    os.rename(listed, drop.directory / "stock-4.csv")
    wait_for("both levels to be at the hub", lambda: drop.hub.has_store() and len(drop.hub.events()) == 2)
    for line in drop.hub.events():
        data = json.loads(line)["data"]
        assert (data["asOf"], data["lot"]) == ("2026-11-20T09:15:02.000Z", "stock-4.csv")
