"""The driver `exec`: whatever a partner's program writes, it is taken, told or refused, and the rest of it goes on."""

import json
import time

import pytest

from exec_program import FRAME, failing_with, opened, program
from scans import assert_all_once
from shop import driver_of, memory_mib, wait_for


@pytest.mark.native
def test_a_program_that_only_writes_is_held_back(shop):
    _, agent = opened(shop, FRAME + """
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
    assert driver_of(agent)["state"] == "ok"


def test_a_line_that_is_too_long_is_an_exception_and_no_more(shop):
    hub, agent = opened(shop, FRAME + """
hand_in(0); answer()
print('{"id":"long","body":"' + "x" * 5_000_000 + '"}', flush=True)
said = answer()
assert said["id"] == "long" and said["results"][0]["status"] == "quarantined", said
hand_in(1); answer()
wait()
""", max_line_bytes=65536)
    assert_all_once(hub, 2)
    assert "longer than 65536 bytes (max_line_bytes)" in agent.cli("exceptions", "list").stdout
    assert driver_of(agent)["state"] == "ok"


def test_what_is_wrong_is_told_with_its_delivery_and_its_key(shop):
    hub, agent = opened(shop, FRAME + """
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
    assert driver_of(agent)["state"] == "ok"


@pytest.mark.fault("F6")
def test_a_line_that_is_no_word_ends_the_program_and_the_third_time_is_passed_over(shop):
    hub, agent = opened(shop, FRAME + """
hand_in(0); answer()
print("debug: card 4111111111111111 read", flush=True)
hand_in(1); answer()
wait()
""")
    state = failing_with(agent, "not of the protocol")
    assert "4111111111111111" not in state["detail"]
    assert_all_once(hub, 2)
    assert "not of the protocol" in agent.cli("exceptions", "list").stdout
    wait_for("its soundness", lambda: driver_of(agent)["state"] == "ok")
    assert "4111111111111111" not in agent.process.log.read_text()


def test_what_the_program_shouts_is_logged_within_bounds(shop):
    hub, agent = opened(shop, FRAME + """
for number in range(100_000):
    print("shout " * 200, number, file=sys.stderr)
hand_in(0); answer()
wait()
""")
    assert_all_once(hub, 1)
    assert agent.process.log.stat().st_size < 100_000
    assert driver_of(agent)["state"] == "ok"


@pytest.mark.fault("F6")
@pytest.mark.fault("F47")
def test_a_card_number_in_an_id_or_across_the_cut_of_a_line_is_kept_nowhere(shop):
    card = "4111111111111111"
    hub, agent = opened(shop, FRAME + f"""
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
    wait_for("its soundness", lambda: driver_of(agent)["state"] == "ok")
    assert "4111" not in json.dumps(agent.status())
    log = agent.process.log.read_text()
    assert agent.stop() == 0
    kept = [file.read_bytes() for file in agent.state.rglob("*") if file.is_file()]
    assert not [one for one in [*kept, log.encode()] if b"41111111" in one]


def test_a_cursor_too_many_is_refused_and_the_program_goes_on(shop):
    hub, agent = opened(shop, FRAME + """
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
    assert driver_of(agent)["state"] == "ok"
    listed = agent.cli("exceptions", "list").stdout
    assert listed.count("cursor: the program keeps 2000 keys") == 1


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
    wait_for("the line to be taken", lambda: driver_of(agent)["state"] == "ok" and driver_of(agent).get("last_delivery"))
