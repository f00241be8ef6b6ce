"""The driver `sql` on an SQLite file: replaced, put back, gone, locked; and with positions and cursors of all kinds."""

import sqlite3

import pytest

from databases import SqliteTill
from pos_database import TEMPLATE, Source, insert, insert_made, is_well, open_shop, says
from scans import assert_all_once, scans_at


@pytest.fixture
def file_till(shop):
    made = SqliteTill(shop)
    made.run(made.create)
    return made


@pytest.mark.fault("F44")
def test_a_locked_file_costs_a_query_and_no_more(shop):
    till = SqliteTill(shop)
    till.run(till.create)
    insert(till, 0, 10)
    hub, agent = open_shop(shop, till)
    assert_all_once(hub, 10)
    other = sqlite3.connect(till.file)
    other.execute("BEGIN EXCLUSIVE")
    says(agent, "the database is locked by another program")
    other.rollback()
    other.close()
    insert(till, 10, 20)
    assert_all_once(hub, 20)
    is_well(agent)


@pytest.mark.fault("F44")
def test_a_file_that_another_one_has_replaced_is_opened_anew(shop, file_till):
    insert(file_till, 0, 10)
    hub, agent = open_shop(shop, file_till)
    assert_all_once(hub, 10)
    compacted = file_till.file.with_suffix(".new")
    file_till.run(f"VACUUM INTO '{compacted}'")
    compacted.rename(file_till.file)
    insert(file_till, 10, 20)
    assert_all_once(hub, 20)
    is_well(agent)


@pytest.mark.fault("F44")
def test_an_older_copy_put_back_is_asked_about_while_the_agent_runs(shop, file_till):
    insert(file_till, 0, 5)
    backup = file_till.file.with_suffix(".backup")
    file_till.run(f"VACUUM INTO '{backup}'")
    insert(file_till, 5, 10)
    hub, agent = open_shop(shop, file_till)
    assert_all_once(hub, 10)
    backup.rename(file_till.file)
    says(agent, "rows were read up to id 9, and now the last one is id 4")


@pytest.mark.fault("F44")
def test_a_file_that_is_gone_is_said_and_found_again(shop, file_till):
    insert(file_till, 0, 10)
    hub, agent = open_shop(shop, file_till)
    assert_all_once(hub, 10)
    away = file_till.file.with_suffix(".away")
    file_till.file.rename(away)
    says(agent, "cannot be opened")
    away.rename(file_till.file)
    insert(file_till, 10, 20)
    assert_all_once(hub, 20)
    is_well(agent)


@pytest.mark.fault("F44")
def test_the_former_cursor_put_back_needs_no_answer(shop, file_till):
    insert_made(file_till, 0, 10)
    hub, agent = open_shop(shop, file_till)
    assert_all_once(hub, 10)
    agent.stop()
    agent.drivers[0].update(cursor="made", cursor_kind="time")
    agent.start()
    says(agent, "now the cursor is made")
    agent.stop()
    agent.drivers[0].update(cursor='"ID"', cursor_kind="key")
    agent.start()
    insert_made(file_till, 10, 20)
    assert_all_once(hub, 20)
    is_well(agent)


POSITION_OF_THE_VERSION_BEFORE = "9\x1f"  # it did not say of which column


def test_a_position_of_the_version_before_is_read_on_and_names_its_cursor_from_then_on(file_till):
    insert_made(file_till, 0, 12)
    with Source(file_till, {"position": POSITION_OF_THE_VERSION_BEFORE}, overlap="0") as source:
        source.until(lambda heard: heard.rows)
        assert source.rows == [9, 10, 11]
    with Source(file_till, {"position": POSITION_OF_THE_VERSION_BEFORE}) as source:
        source.until(lambda heard: heard.cursors["position"] != POSITION_OF_THE_VERSION_BEFORE)
    with Source(file_till, source.cursors, cursor="made", cursor_kind="time") as source:
        source.until(lambda heard: heard.question)
        assert "rows were read up to id 9 (a whole number)" in source.question


def test_a_position_of_the_version_before_that_the_cursor_does_not_fit_is_asked_about(file_till):
    insert_made(file_till, 0, 12)
    with Source(file_till, {"position": POSITION_OF_THE_VERSION_BEFORE}, cursor="made", cursor_kind="time") as source:
        source.until(lambda heard: heard.question)
        assert "start once with the former cursor" in source.question
        source.say({"answer": "from-start"})
        source.until(lambda heard: len(heard.rows) == 12)


def test_a_cursor_that_the_query_does_not_give_any_more_must_be_given_once_more(file_till):
    insert_made(file_till, 0, 12)
    cursors = {}
    with Source(file_till, cursors) as source:
        source.until(lambda heard: len(heard.rows) == 12)
    insert_made(file_till, 12, 15)
    file_till.run("UPDATE scans SET made = '2001-01-01 09:00:00' WHERE id = 13")  # so it stands before all that were read
    by_time = {"cursor": "made", "cursor_kind": "time"}
    with Source(file_till, cursors, query="SELECT code, made FROM scans", **by_time) as source:
        source.until(lambda heard: heard.question)
        assert "let the query give the column id" in source.question
    with Source(file_till, cursors, **by_time) as source:
        source.until(lambda heard: heard.question)
        source.say({"answer": "continue"})
        insert_made(file_till, 15, 16)
        source.until(lambda heard: 15 in heard.rows)
        assert source.rows == [13, 12, 14, 15]


@pytest.mark.fault("F44")
def test_a_cursor_that_would_cut_receipts_in_two_is_refused_before_anything_is_taken(shop, file_till):
    file_till.run("CREATE TABLE line (id INTEGER PRIMARY KEY, receipt INTEGER, sku TEXT)")

    def sell(first, last):
        file_till.run("INSERT INTO line (receipt, sku) VALUES " + ",".join(
            f"({receipt}, 'SKU{line}')" for receipt in range(first, last) for line in range(3)))
    sell(0, 3)
    template = TEMPLATE + '[event.data.lines]\neach = "row"\n[event.data.lines.item]\nsku = "sku"\n'
    query = ("SELECT l.id, l.receipt, l.sku, 'scan-' || printf('%06d', l.receipt) AS code, "
             "'2026-11-20T09:15:02Z' AS at, 1.10 AS price FROM line l")
    hub, agent = open_shop(shop, file_till, template, query=query, cursor="id", group_by=["receipt"], overlap=1)
    says(agent, "rows that are alike in receipt have different values of the cursor id, 1 and 2")
    assert not scans_at(hub)
    agent.stop()
    agent.drivers[0].update(cursor="receipt")
    agent.start()
    for first in range(3, 9, 2):
        sell(first, first + 2)
        assert_all_once(hub, first + 2)
    is_well(agent)
    assert agent.status()["exceptions"]["open"] == 0
