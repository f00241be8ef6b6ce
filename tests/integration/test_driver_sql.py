"""The driver `sql` against databases of each kind: each row once, whatever dies and whenever; what it cannot know, it asks."""

import json
import os
import random
import signal
import time

import pytest

from databases import TILLS
from pos_database import TEMPLATE, insert, insert_made, is_well, open_shop, says, source_pid
from scans import assert_all_once, expected, scans_at
from shop import alert, assert_gapless, wait_for


@pytest.fixture(params=list(TILLS))
def till(request, shop):
    made = TILLS[request.param](shop).start()
    made.run(made.create)
    return made


def test_each_row_arrives_once_and_in_order_and_so_do_those_that_come_later(shop, till):
    insert(till, 0, 1200)
    hub, agent = open_shop(shop, till, page_rows=100)
    assert_all_once(hub, 1200)
    insert(till, 1200, 1210)
    assert_all_once(hub, 1210)
    is_well(agent)
    assert agent.stop() == 0
    agent.start()
    insert(till, 1210, 1220)
    assert_all_once(hub, 1220)


@pytest.mark.fault("F44")
def test_a_kill_of_agent_or_source_at_any_moment_loses_and_doubles_nothing(shop, till):
    seed = int(os.environ.get("STOREWARD_SEED", time.time_ns() % 1_000_000))
    print(f"STOREWARD_SEED={seed}")
    chance = random.Random(seed)
    hub, agent = open_shop(shop, till, page_rows=50)
    count = 0
    for _ in range(8):
        more = chance.randint(100, 400)
        insert(till, count, count + more)
        count += more
        time.sleep(chance.uniform(0, 1.2))
        if chance.random() < 0.4:
            agent.kill()
            agent.start()
        elif pid := source_pid(agent):
            os.kill(pid, signal.SIGKILL)
    assert_all_once(hub, count)


@pytest.mark.fault("F44")
def test_a_row_that_becomes_visible_late_is_found_within_the_overlap(shop, till):
    insert(till, 0, 20)
    till.run("DELETE FROM scans WHERE id = 7")
    hub, agent = open_shop(shop, till)
    wait_for("the others", lambda: len(scans_at(hub)) == 19)
    insert(till, 7, 8)
    wait_for("the late one", lambda: len(scans_at(hub)) == 20)
    assert scans_at(hub)[-1] == "scan-000007"
    assert_gapless(hub.events())


@pytest.mark.fault("F44")
def test_numbers_that_begin_anew_are_asked_about(shop, till):
    insert(till, 0, 100)
    hub, agent = open_shop(shop, till)
    assert_all_once(hub, 100)
    till.run("DELETE FROM scans")
    insert(till, 100, 103, shift=-100)
    detail = says(agent, "rows were read up to id 99, and now the last one is id 2")
    assert "storeward drivers answer pos from-start | continue" in detail
    assert detail in wait_for("the alarm", lambda: alert(agent, "driver_asks"))["detail"]
    time.sleep(2)
    assert len(scans_at(hub)) == 100
    assert "none of the answers" in agent.cli("drivers", "answer", "pos", "perhaps", check=False).stdout
    agent.cli("drivers", "answer", "pos", "from-start")
    assert_all_once(hub, 103)
    is_well(agent)
    wait_for("the end of the alarm", lambda: not alert(agent, "driver_asks"))
    assert "drivers.answer" in agent.cli("audit", "list").stdout
    agent.kill()  # it is remembered
    agent.start()
    insert(till, 103, 104, shift=-100)
    assert_all_once(hub, 104)


@pytest.mark.fault("F44")
def test_last_rows_that_were_deleted_are_asked_about_and_reading_goes_on(shop, till):
    insert(till, 0, 100)
    hub, agent = open_shop(shop, till)
    assert_all_once(hub, 100)
    till.run("DELETE FROM scans WHERE id > 89")
    says(agent, "Were the last rows deleted: continue")
    agent.cli("drivers", "answer", "pos", "continue")
    is_well(agent)
    insert(till, 100, 101)
    assert_all_once(hub, 101)


def test_an_emptied_table_is_no_reset(shop, till):
    insert(till, 0, 10)
    hub, agent = open_shop(shop, till)
    assert_all_once(hub, 10)
    till.run("DELETE FROM scans")
    time.sleep(3)
    insert(till, 10, 12)
    assert_all_once(hub, 12)
    is_well(agent)


@pytest.mark.fault("F44")
def test_a_column_that_is_gone_is_named_and_nothing_is_read_without_it(shop, till):
    insert(till, 0, 10)
    hub, agent = open_shop(shop, till)
    assert_all_once(hub, 10)
    till.run("ALTER TABLE scans RENAME COLUMN price TO amount")
    insert_without_price = "INSERT INTO scans (id, code, at) VALUES (10,'scan-000010','2026-11-20T09:15:02Z')"
    till.run(insert_without_price)
    detail = says(agent, '"price" is not there any more, new is "amount"')
    assert "storeward drivers answer pos accept" in detail
    time.sleep(2)
    assert len(scans_at(hub)) == 10
    till.run("ALTER TABLE scans RENAME COLUMN amount TO price")  # it was a mistake: nobody need answer
    assert_all_once(hub, 11)
    is_well(agent)
    till.run("ALTER TABLE scans RENAME COLUMN price TO amount")
    says(agent, '"price" is not there any more')
    agent.cli("drivers", "answer", "pos", "accept")
    is_well(agent)


@pytest.mark.fault("F44")
def test_a_query_for_a_column_that_is_gone_says_which(shop, till):
    insert(till, 0, 10)
    hub, agent = open_shop(shop, till, query="SELECT id, code, at, price FROM scans")
    assert_all_once(hub, 10)
    till.run("ALTER TABLE scans RENAME COLUMN price TO amount")
    says(agent, "price")
    till.run("ALTER TABLE scans RENAME COLUMN amount TO price")
    insert(till, 10, 11)
    assert_all_once(hub, 11)


def test_what_is_in_other_alphabets_arrives_as_it_is(shop, till):
    till.run("INSERT INTO scans (id, code, at, price) VALUES (1,'Zürich \u20ac \u4e2d\u6587 \U0001F9C0','2026-11-20T09:15:02Z',1.10)")
    hub, agent = open_shop(shop, till)
    wait_for("the row", lambda: scans_at(hub))
    assert scans_at(hub) == ["Zürich € 中文 🧀"]


def test_digits_that_binary_floating_point_leaves_behind_are_rounded_with_a_warning(shop, till):
    column = {"sqlite": "real", "postgresql": "double precision", "mariadb": "double"}[till.kind]
    till.run(f"ALTER TABLE scans ADD COLUMN weight {column}",
             "INSERT INTO scans (id, code, at, price, weight) VALUES (1,'scan-000000','2026-11-20T09:15:02Z',1.10, 1e0/3)")
    hub, agent = open_shop(shop, till, template=TEMPLATE.replace('price = "price"', 'weight = {path = "weight", as = "decimal"}'))
    assert_all_once(hub, 1)
    data, = (event["data"] for event in map(json.loads, hub.events()) if event["type"] == "retail.scan.observed.v1")
    assert data["weight"] == "0.333333333", data
    assert "rounded to 0.333333333" in data["quality"]["warnings"][0]


@pytest.mark.fault("F44")
def test_a_time_as_cursor_finds_rows_with_the_same_time_and_late_ones(shop, till):
    kind = {"sqlite": "text", "postgresql": "timestamp", "mariadb": "datetime(6)"}[till.kind]
    till.run(f"ALTER TABLE scans ADD COLUMN made {kind}")
    stamp = "UPDATE scans SET made = '2026-11-20 09:15:0{}' WHERE made IS NULL"
    insert(till, 0, 30)
    till.run(stamp.format("2.25"))
    hub, agent = open_shop(shop, till, cursor="made", cursor_kind="time", overlap=60, page_rows=10)
    wait_for("the rows", lambda: len(scans_at(hub)) == 30)
    insert(till, 30, 35)
    till.run(stamp.format("2.25"))
    insert(till, 35, 40)
    till.run(stamp.format("1.5"))
    wait_for("the late rows", lambda: len(scans_at(hub)) == 40)
    assert sorted(scans_at(hub)) == expected(40)
    agent.kill()
    agent.start()
    insert(till, 40, 41)
    till.run(stamp.format("3"))
    wait_for("the last row", lambda: len(scans_at(hub)) == 41)
    assert_gapless(hub.events())
    assert not [one for one in agent.cli("exceptions", "list").stdout.splitlines() if "scan" in one]


def test_the_lines_of_a_receipt_are_one_record(shop, till):
    till.run("CREATE TABLE item (receipt bigint, line int, sku varchar(20), cents int)")
    insert(till, 1, 41)
    till.run("INSERT INTO item VALUES " + ",".join(f"({n},{line},'SKU{line}',{line * 100})" for n in range(1, 41)
                                                   for line in range(1, 4)))
    template = TEMPLATE + '[event.data.lines]\neach = "row"\n[event.data.lines.item]\nsku = "sku"\n'
    hub, _ = open_shop(shop, till, template, page_rows=10, overlap=5, group_by=["id"],
                       query="SELECT s.id, s.code, s.at, s.price, i.line, i.sku FROM scans s JOIN item i ON i.receipt = s.id")
    wait_for("the receipts", lambda: len(scans_at(hub)) == 40)
    events = [json.loads(line) for line in hub.events()]
    lines = [event["data"]["lines"] for event in events if event["type"] == "retail.scan.observed.v1"]
    assert len(lines) == 40
    assert all(sorted(line["sku"] for line in one) == ["SKU1", "SKU2", "SKU3"] for one in lines)


@pytest.mark.fault("F44")
@pytest.mark.parametrize("answer", ["continue", "from-start"])
def test_another_cursor_is_asked_about_and_either_answer_loses_and_doubles_nothing(shop, till, answer):
    insert_made(till, 0, 50)
    hub, agent = open_shop(shop, till, overlap=0)
    assert_all_once(hub, 50)
    agent.stop()
    insert_made(till, 50, 60)
    agent.drivers[0].update(cursor="made", cursor_kind="time")
    agent.start()
    says(agent, "rows were read up to id 49 (a whole number), and now the cursor is made (a time)")
    time.sleep(2)
    assert len(scans_at(hub)) == 50
    agent.cli("drivers", "answer", "pos", answer)
    assert_all_once(hub, 60)
    is_well(agent)
    agent.kill()  # it is remembered
    agent.start()
    insert_made(till, 60, 65)
    assert_all_once(hub, 65)
    is_well(agent)
    assert agent.status()["exceptions"]["open"] == 0
