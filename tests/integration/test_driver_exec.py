"""The driver `exec`: whatever a partner's program does, and whenever it or the agent dies, nothing is lost, nothing
comes twice, and the agent goes on. The two examples are those of docs/drivers/exec.md, as they stand there."""

import json
import os
import pathlib
import random
import re
import signal
import time

import pytest

from shop import SOURCE, assert_gapless, memory_mib, wait_for

TEMPLATE = """
[template]
name = "scans"
version = "1"
description = "One scan a line"
[format]
kind = "ndjson"
[[event]]
name = "scan"
type = "retail.scan.observed.v1"
key = ["no"]
time = "at"
[event.data]
raw = "no"
at = "at"
"""


def example(language):
    text = (SOURCE / "docs/drivers/exec.md").read_text()
    return re.search(rf"```{language}\n(.*?)```", text, re.S)[1]


def scan(number):
    return json.dumps({"no": f"scan-{number:06d}", "at": "2026-11-20T09:15:02Z"})


def program(agent, text, interpreter="/usr/bin/python3", name="program", **keys):
    """The driver's table, with the program in a file of its own."""
    file = agent.directory / name
    file.write_text(text)
    templates = agent.directory / "templates"
    templates.mkdir(exist_ok=True)
    (templates / "scans.toml").write_text(TEMPLATE)
    agent.tables["templates"] = {"directory": str(templates)}
    agent.drivers.append({"name": name, "kind": "exec", "template": "scans", "command": [interpreter, str(file)],
                          "restart_max_s": 2, **keys})
    return file


def driver(agent, name="program"):
    return next(one for one in agent.status()["drivers"] if one["name"] == name)


def failing_with(agent, words, seconds=20):
    def look():
        state = driver(agent)
        return state if state["state"] == "failing" and words in state["detail"] else None
    return wait_for(f"the driver to say {words!r}", look, seconds)


def process_of(file):
    """The process that runs the program; None if there is none."""
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            alive = "State:\tZ" not in (folder / "status").read_text()
        except OSError:
            continue
        if alive and str(file).encode() in words:
            return int(folder.name)
    return None


def scans_at(hub):
    """The scans at the hub, in the order of their sequence."""
    if not hub.has_store():
        return []
    events = [json.loads(line) for line in hub.events()]
    scans = [event for event in events if event["type"] == "retail.scan.observed.v1"]
    return [event["data"]["raw"] for event in sorted(scans, key=lambda one: (one["epoch"], one["sequence"]))]


def expected(count):
    return [f"scan-{number:06d}" for number in range(count)]


def assert_all_once(hub, count):
    wait_for("every scan to be at the hub", lambda: len(scans_at(hub)) >= count, 60, 0.3)
    assert scans_at(hub) == expected(count)
    assert_gapless(hub.events())


# The shortest program that keeps to the protocol, with what a test puts into it.
FRAME = """
import json, os, signal, sys, time
hello = json.loads(sys.stdin.readline())
def hand_in(number, **more):
    scan = {"no": f"scan-{number:06d}", "at": "2026-11-20T09:15:02Z"}
    print(json.dumps({"id": str(number), "record": scan, **more}), flush=True)
def answer():
    line = sys.stdin.readline()
    if not line: sys.exit()
    return json.loads(line)
def wait():
    while True:
        print("{}", flush=True)
        time.sleep(0.2)
"""


def test_the_example_in_python_hands_in_each_line_once(shop):
    broker = shop.broker().start()
    hub = shop.hub(broker.url).start()
    agent = shop.agent(broker.url)
    journal = shop.directory / "journal"
    journal.write_text("".join(scan(n) + "\n" for n in range(200)) + scan(200)[:20])
    program(agent, example("python"), settings=[f"file={journal}"], silence_timeout_s=5)
    agent.start()
    assert_all_once(hub, 200)
    with open(journal, "a") as more:
        more.write(scan(200)[20:] + "\n")
    assert_all_once(hub, 201)
    assert driver(agent)["state"] == "ok" and driver(agent)["last_delivery"]
    assert agent.stop() == 0


def test_the_example_in_shell_empties_its_directory(shop):
    broker = shop.broker().start()
    hub = shop.hub(broker.url).start()
    agent = shop.agent(broker.url)
    spool = shop.directory / "spool"
    spool.mkdir()
    for number in range(20):
        (spool / f"{number:03d}.json").write_text(scan(number) + "\n")
    program(agent, example("sh"), "/bin/sh", environment=[f"SPOOL={spool}"], again_s=1)
    agent.start()
    assert_all_once(hub, 20)
    wait_for("the directory to be empty", lambda: not list(spool.iterdir()))
    (spool / "020.json").write_text(scan(20) + "\n")  # for its next life
    assert_all_once(hub, 21)
    assert driver(agent)["state"] == "ok"


@pytest.mark.fault("F6")
def test_a_kill_of_agent_or_program_at_any_moment_loses_and_doubles_nothing(shop):
    seed = int(os.environ.get("STOREWARD_SEED", time.time_ns() % 1_000_000))
    print(f"STOREWARD_SEED={seed}")
    chance = random.Random(seed)
    broker = shop.broker().start()
    hub = shop.hub(broker.url).start()
    agent = shop.agent(broker.url)
    journal = shop.directory / "journal"
    journal.write_text("")
    file = program(agent, example("python"), settings=[f"file={journal}"])
    agent.start()
    count = 0
    for _ in range(12):
        more = chance.randint(50, 150)
        with open(journal, "a") as lines:
            lines.writelines(scan(count + n) + "\n" for n in range(more))
        count += more
        time.sleep(chance.uniform(0, 0.25))
        if chance.random() < 0.5:
            agent.kill()
            wait_for("the program to go with the agent", lambda: process_of(file) is None, 5)
            agent.start()
        elif pid := process_of(file):
            os.kill(pid, signal.SIGKILL)
    assert_all_once(hub, count)
    assert agent.cli("exceptions", "list").returncode == 0
    assert "scan" not in agent.cli("exceptions", "list").stdout


def test_a_program_that_hangs_is_ended_and_begins_again_where_it_was(shop):
    _, hub, agent = opened(shop, FRAME + """
first = int(hello["cursors"].get("done", "0"))
for number in range(first, first + 10):
    hand_in(number, cursor={"key": "done", "value": str(number + 1)})
    answer()
signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(1000)
""", silence_timeout_s=1)
    failing_with(agent, "has said nothing for 1 s")
    wait_for("its next life", lambda: len(scans_at(hub)) >= 20, 30)
    assert scans_at(hub)[:20] == expected(20)


def opened(shop, text, **keys):
    broker = shop.broker().start()
    hub = shop.hub(broker.url).start()
    agent = shop.agent(broker.url)
    program(agent, text, **keys)
    return broker, hub, agent.start()


@pytest.mark.native
def test_a_program_that_only_writes_is_held_back(shop):
    _, _, agent = opened(shop, FRAME + """
number = 0
while True:
    hand_in(number)
    number += 1
    if number % 1000 == 0: open(sys.argv[0] + ".count", "w").write(str(number))
""")
    # It blocks: its answers fill the socket, then a mebibyte of ours, then it is not read.
    count = agent.directory / "program.count"
    wait_for("the flood", count.exists)
    last, since = None, time.monotonic()
    while time.monotonic() - since < 3:
        now = count.read_text()
        if now != last:
            last, since = now, time.monotonic()
        assert memory_mib(agent) < 200
    assert driver(agent)["state"] == "ok"


def test_a_line_that_is_too_long_is_an_exception_and_no_more(shop):
    _, hub, agent = opened(shop, FRAME + """
hand_in(0); answer()
print('{"id":"long","body":"' + "x" * 5_000_000 + '"}', flush=True)
said = answer()
assert said["id"] == "long" and said["results"][0]["status"] == "quarantined", said
hand_in(1); answer()
wait()
""", max_line_bytes=65536)
    assert_all_once(hub, 2)
    assert "longer than 65536 bytes (max_line_bytes)" in agent.cli("exceptions", "list").stdout
    assert driver(agent)["state"] == "ok"


def test_what_is_wrong_is_told_with_its_delivery_and_its_key(shop):
    _, hub, agent = opened(shop, FRAME + """
hand_in(0); answer()
for number in (1, 2):
    print(json.dumps({"id": f"byte {number}", "file": "journal", "body": json.dumps({"no": f"no time {number}"})}), flush=True)
    assert answer()["results"][0]["status"] == "quarantined"
hand_in(3, curser={"key": "k", "value": "v"})
said = answer()["results"][0]
assert said["status"] == "quarantined" and 'the key "curser" is unknown' in said["reason"], said
print('{"id":"4","record":{"no":"scan-000004","at":"2026-11-20T09:15:02Z","no":"scan-000005"}}', flush=True)
said = answer()["results"][0]
assert said["status"] == "quarantined" and "record.no: this key stands twice" in said["reason"], said
hand_in(1); answer()
wait()
""")
    assert_all_once(hub, 2)
    listed = json.loads(agent.cli("exceptions", "list", "--json").stdout)["exceptions"]
    assert [one["place"] for one in listed] == ["journal, delivery byte 1, record 1", "journal, delivery byte 2, record 1",
                                                "delivery 3", "delivery 4"]
    assert driver(agent)["state"] == "ok"


@pytest.mark.fault("F6")
def test_a_line_that_is_no_word_ends_the_program_and_the_third_time_is_passed_over(shop):
    _, hub, agent = opened(shop, FRAME + """
hand_in(0); answer()
print("debug: card 4111111111111111 read", flush=True)
hand_in(1); answer()
wait()
""")
    state = failing_with(agent, "not of the protocol")
    assert "4111111111111111" not in state["detail"]
    assert_all_once(hub, 2)
    assert "not of the protocol" in agent.cli("exceptions", "list").stdout
    wait_for("its soundness", lambda: driver(agent)["state"] == "ok")
    assert "4111111111111111" not in agent.process.log.read_text()


@pytest.mark.fault("F6")
def test_a_program_that_always_ends_is_in_a_crash_loop_and_tried_slowly(shop):
    _, _, agent = opened(shop, """
import sys
open(sys.argv[0] + ".starts", "a").write("x")
print("no till at 4111111111111111", file=sys.stderr)
sys.exit(3)
""", restart_max_s=20)
    state = failing_with(agent, "crash loop", 60)
    assert "exit code 3" in state["detail"] and "its last words: no till at ************1111" in state["detail"]
    assert "tried again in" not in state["detail"]  # but only every few minutes
    starts = agent.directory / "program.starts"
    before = len(starts.read_text())
    time.sleep(5)
    assert len(starts.read_text()) == before == 5
    assert agent.get("/readyz")[0] == 200
    assert "4111111111111111" not in agent.process.log.read_text()


@pytest.mark.fault("F6")
def test_what_ends_the_program_three_times_is_set_aside_and_the_rest_goes_on(shop):
    _, hub, agent = opened(shop, FRAME + """
for number in range(10):
    if str(number) in hello["skip"]: continue
    print(json.dumps({"begin": str(number)}), flush=True)
    if number == 5: os.abort()
    hand_in(number); answer()
wait()
""")
    wait_for("the rest", lambda: len(scans_at(hub)) == 9, 30)
    assert scans_at(hub) == [one for one in expected(10) if not one.endswith("5")]
    listed = agent.cli("exceptions", "list").stdout
    assert 'ended 3 times in a row over "5"' in listed
    wait_for("its soundness", lambda: driver(agent)["state"] == "ok")
    agent.stop()
    agent.start()  # it is remembered
    time.sleep(1)
    assert driver(agent)["state"] == "ok"


def test_while_the_store_takes_nothing_the_program_waits_and_nothing_is_skipped(shop):
    broker = shop.broker()
    hub = shop.hub(broker.url)
    agent = shop.agent(broker.url, tables={"store": {"max_bytes": 8 << 20}})
    file = program(agent, FRAME + """
import random
for number in range(int(hello["cursors"].get("done", "0")), 400):
    scan = {"no": f"scan-{number:06d}", "at": "2026-11-20T09:15:02Z", "text": random.Random(number).randbytes(20_000).hex()}
    print(json.dumps({"id": str(number), "record": scan, "cursor": {"key": "done", "value": str(number + 1)}}), flush=True)
    if number % 10 == 9:
        for _ in range(10): answer()
wait()
""", silence_timeout_s=2)
    template = agent.directory / "templates/scans.toml"
    template.write_text(TEMPLATE + 'text = "text"\n')
    agent.start()
    wait_for("the store to be full", lambda: driver(agent)["state"] == "paused", 30)
    assert driver(agent)["detail"].startswith(("the store takes nothing: ", "the outbox is full"))
    pid = process_of(file)
    time.sleep(5)  # it is silent because it is not answered, and lives
    assert process_of(file) == pid
    broker.start()
    hub.start()
    wait_for("the hub's store", hub.has_store)
    assert_all_once(hub, 400)
    assert process_of(file) == pid
    wait_for("room", lambda: driver(agent)["state"] == "ok")


def test_the_agent_takes_the_program_and_all_it_has_started_with_it(shop):
    _, hub, agent = opened(shop, """#!/bin/sh
read -r hello
sleep 987654 &
echo '{"id":"0","body":"{\\"no\\":\\"scan-000000\\",\\"at\\":\\"2026-11-20T09:15:02Z\\"}"}'
read -r answer
sleep 987654
""", interpreter="/bin/sh")
    assert_all_once(hub, 1)
    assert process_of("987654")
    assert agent.stop() == 0
    wait_for("the last of them to end", lambda: process_of("987654") is None, 5)


def test_what_the_program_shouts_is_logged_within_bounds(shop):
    _, hub, agent = opened(shop, FRAME + """
for number in range(100_000):
    print("shout " * 200, number, file=sys.stderr)
hand_in(0); answer()
wait()
""")
    assert_all_once(hub, 1)
    assert agent.process.log.stat().st_size < 100_000
    assert driver(agent)["state"] == "ok"


@pytest.mark.fault("F6")
@pytest.mark.fault("F47")
def test_a_card_number_in_an_id_or_across_the_cut_of_a_line_is_kept_nowhere(shop):
    card = "4111111111111111"
    _, hub, agent = opened(shop, FRAME + f"""
bad = "card {card}.json"
for number in range(484, 500):
    print("x" * number + " {card} was refused", file=sys.stderr)
if bad not in hello["skip"]:
    print(json.dumps({{"begin": bad}}), flush=True)
    time.sleep(0.2)
    sys.exit(3)
long = json.dumps({{"id": "long", "body": "x" * 4072}})[:-2]
print(long[:4096 - 20] + "{card} ..." + "x" * 40 + '"}}', flush=True); answer()
hand_in(0); answer()
wait()
""", max_line_bytes=4096)
    assert_all_once(hub, 1)  # it is told to skip the id as it has printed it
    assert "card ************1111.json" in agent.cli("exceptions", "list").stdout
    wait_for("its soundness", lambda: driver(agent)["state"] == "ok")
    assert "4111" not in json.dumps(agent.status())
    log = agent.process.log.read_text()
    assert agent.stop() == 0
    kept = [file.read_bytes() for file in agent.state.rglob("*") if file.is_file()]
    assert not [one for one in [*kept, log.encode()] if b"41111111" in one]


def test_a_cursor_too_many_is_refused_and_the_program_goes_on(shop):
    _, hub, agent = opened(shop, FRAME + """
first = int(hello["cursors"].get("next", "0"))
said = []
for number in range(first, 2010):
    hand_in(number, cursor={"key": f"file-{number}", "value": "1"})
    said.append(answer()["results"])
    if number == 5: hand_in(number, cursor={"key": "next", "value": "2010"}); answer()
refused = [one for one in said if one[-1]["status"] == "quarantined"]
assert len(refused) == (11 if first == 0 else 0), refused[:1]
assert all("2,000" in one[-1]["reason"] or "2000" in one[-1]["reason"] for one in refused)
assert all(one[0]["status"] == "stored" for one in refused)
if first:
    assert len(hello["cursors"]) == 2000
    hand_in(0, cursor={"key": "file-0", "value": None}); answer()
    hand_in(0, cursor={"key": "new", "value": "1"})
    assert len(answer()["results"]) == 1
    hand_in(0, cursor={"key": "newer", "value": "1"})
    assert answer()["results"][-1]["status"] == "quarantined"
    hand_in(2010); answer()
wait()
""")
    assert_all_once(hub, 2010)
    assert agent.stop() == 0
    agent.start()
    assert_all_once(hub, 2011)
    assert driver(agent)["state"] == "ok"
    listed = agent.cli("exceptions", "list").stdout
    assert listed.count("cursor: the program keeps 2000 keys") == 1


def test_a_program_that_dies_while_held_back_is_started_again_though_its_child_lives(shop):
    broker = shop.broker().start()
    hub = shop.hub(broker.url).start()
    agent = shop.agent(broker.url, tables={"exceptions": {"max": 1}})
    file = program(agent, FRAME + """
import subprocess
mark = sys.argv[0] + ".child"
if not os.path.exists(mark):
    child = subprocess.Popen(["sleep", "120"], start_new_session=True)
    open(mark, "w").write(str(child.pid))
    for number in (1, 2):  # the second one waits until a person settles the first
        print(json.dumps({"id": f"bad {number}", "record": {"no": f"bad {number}"}}), flush=True)
        if number == 1: answer()
    for number in range(300): hand_in(number)  # 256 wait, then it is held back
    time.sleep(1)
    os.kill(os.getpid(), signal.SIGKILL)
wait()
""")
    agent.start()
    try:
        wait_for("the store to refuse", lambda: driver(agent)["state"] == "paused", 20)
        wait_for("its end", lambda: process_of(file) is None, 20)
        time.sleep(2)
        assert agent.cli("exceptions", "discard", "1", "--reason", "test").returncode == 0
        assert_all_once(hub, 300)
        wait_for("its next life", lambda: process_of(file) is not None, 20)
    finally:
        os.kill(int((agent.directory / "program.child").read_text()), signal.SIGKILL)


def test_half_a_line_and_silence_is_told(shop):
    agent = shop.agent("mqtt://127.0.0.1:1")
    program(agent, """
import sys, time
print('{"id": "1", "record": {"no"', end="", flush=True)
time.sleep(12)
print(': "scan-000001", "at": "2026-11-20T09:15:02Z"}}', flush=True)
sys.stdin.read()
""")
    agent.start()
    failing_with(agent, "has begun a line and not ended it")
    wait_for("the line to be taken", lambda: driver(agent)["state"] == "ok" and driver(agent).get("last_delivery"))
