"""The driver `exec`: whenever a partner's program or the agent dies, hangs or is held up, nothing is lost, nothing comes
twice, and the agent goes on. The two examples are those of docs/drivers/exec.md, as they stand there."""

import os
import random
import re
import signal
import time

import pytest

from exec_program import FRAME, TEMPLATE, failing_with, opened, process_of, program
from scans import assert_all_once, expected, scan, scans_at
from shop import SOURCE, driver_of, wait_for


def example(language):
    text = (SOURCE / "docs/drivers/exec.md").read_text()
    return re.search(rf"```{language}\n(.*?)```", text, re.S)[1]


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
    assert driver_of(agent)["state"] == "ok" and driver_of(agent)["last_delivery"]
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
    assert driver_of(agent)["state"] == "ok"


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
    hub, agent = opened(shop, FRAME + """
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


@pytest.mark.fault("F6")
def test_what_a_program_says_of_its_health_is_in_the_log_once(shop):
    _, agent = opened(shop, FRAME + """
print('{"health":"failing","detail":"the till does not answer"}', flush=True)
while not os.path.exists(sys.argv[0] + ".well"): print("{}", flush=True); time.sleep(0.2)
print('{"health":"ok"}', flush=True)
wait()
""")
    failing_with(agent, "the till does not answer")

    def lines(words):
        return [line for line in agent.process.log.read_text().splitlines() if f"driver program: {words}" in line]

    wait_for("the log to say so", lambda: lines("failing: the till does not answer"), 5)
    time.sleep(2.5)
    (agent.directory / "program.well").touch()
    wait_for("the log to say that it is over", lambda: lines("ok again"), 5)
    assert len(lines("failing")) == len(lines("ok again")) == 1


def test_a_program_that_closes_its_output_is_ended_and_started_again(shop):
    hub, agent = opened(shop, FRAME + """
first = int(hello["cursors"].get("done", "0"))
hand_in(first, cursor={"key": "done", "value": str(first + 1)})
answer()
os.close(1)
time.sleep(900)
""")
    failing_with(agent, "closed its standard output")
    assert_all_once(hub, 2)  # in two lives


def test_a_program_that_always_ends_is_in_a_crash_loop_and_tried_slowly(shop):
    _, agent = opened(shop, """
import sys
open(sys.argv[0] + ".starts", "a").write("x")
print("no till at 4111111111111111", file=sys.stderr)
sys.exit(3)
""", restart_max_s=20)
    state = failing_with(agent, "crash loop", 60)
    assert "exit code 3" in state["detail"] and "its last words: no till at ************1111" in state["detail"]
    assert "tried again in" not in state["detail"]
    assert "tried again only every 10 s to 20 s (restart_max_s)" in state["detail"]
    starts = agent.directory / "program.starts"
    before = len(starts.read_text())
    time.sleep(5)
    assert len(starts.read_text()) == before == 5
    assert agent.get("/readyz")[0] == 200
    assert "4111111111111111" not in agent.process.log.read_text()


@pytest.mark.fault("F6")
def test_what_ends_the_program_three_times_is_set_aside_and_the_rest_goes_on(shop):
    hub, agent = opened(shop, FRAME + """
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
    wait_for("its soundness", lambda: driver_of(agent)["state"] == "ok")
    agent.stop()
    agent.start()  # it is remembered
    time.sleep(1)
    assert driver_of(agent)["state"] == "ok"


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
    wait_for("the store to be full", lambda: driver_of(agent)["state"] == "paused", 30)
    assert driver_of(agent)["detail"].startswith(("the store takes nothing: ", "the outbox is full"))
    pid = process_of(file)
    time.sleep(5)  # it is silent because it is not answered, and lives
    assert process_of(file) == pid
    broker.start()
    hub.start()
    wait_for("the hub's store", hub.has_store)
    assert_all_once(hub, 400, 120)  # each five seconds a few: scans are taken last when it is nearly full
    assert process_of(file) == pid
    wait_for("room", lambda: driver_of(agent)["state"] == "ok")


def test_the_agent_takes_the_program_and_all_it_has_started_with_it(shop):
    hub, agent = opened(shop, """#!/bin/sh
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
        wait_for("the store to refuse", lambda: driver_of(agent)["state"] == "paused", 20)
        wait_for("its end", lambda: process_of(file) is None, 20)
        time.sleep(2)
        assert agent.cli("exceptions", "discard", "1", "--reason", "test").returncode == 0
        assert_all_once(hub, 300)
        wait_for("its next life", lambda: process_of(file) is not None, 20)
    finally:
        os.kill(int((agent.directory / "program.child").read_text()), signal.SIGKILL)
