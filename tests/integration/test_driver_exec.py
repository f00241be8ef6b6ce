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


@pytest.mark.measures
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
    assert "longer than 65536 bytes" in agent.cli("exceptions", "list").stdout
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
