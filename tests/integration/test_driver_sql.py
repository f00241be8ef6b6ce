"""The driver `sql` against real databases: each row once, whatever dies and whenever; what it cannot know, it asks."""

import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import time

import pytest

from databases import TILLS, PostgresTill, SqliteTill
from shop import BIN, alert, assert_gapless, wait_for
from test_driver_exec import assert_all_once, expected, scans_at

TEMPLATE = """
[template]
name = "rows"
version = "1"
description = "One scan a row"
[format]
kind = "ndjson"
[[event]]
name = "scan"
type = "retail.scan.observed.v1"
key = ["code"]
time = "at"
[event.data]
raw = "code"
at = "at"
price = "price"
"""


@pytest.fixture(params=list(TILLS))
def till(request, shop):
    made = TILLS[request.param](shop).start()
    made.run(made.create)
    return made


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request, shop):
    made = TILLS[request.param](shop).start()
    made.run(made.create)
    return made


def insert(till, first, last, shift=0):
    """Rows first … last - 1, with their numbers as codes; `shift` is added to their ids."""
    for start in range(first, last, 500):
        values = ",".join(f"({number + shift},'scan-{number:06d}','2026-11-20T09:15:02Z',1.10)"
                          for number in range(start, min(start + 500, last)))
        till.run(f"INSERT INTO scans (id, code, at, price) VALUES {values}")


def open_shop(shop, till, template=TEMPLATE, **keys):
    broker = shop.broker().start()
    hub = shop.hub(broker.url).start()
    agent = shop.agent(broker.url)
    templates = agent.directory / "templates"
    templates.mkdir()
    (templates / "rows.toml").write_text(template)
    agent.tables["templates"] = {"directory": str(templates)}
    agent.drivers.append({"name": "pos", "kind": "sql", "template": "rows", "query": "SELECT * FROM scans",
                          "cursor": "id", "poll_s": 1, "overlap": 50, "query_timeout_s": 2, "restart_max_s": 2,
                          **till.keys(), **keys})
    return hub, agent.start()


def driver(agent):
    return agent.status()["drivers"][0]


def says(agent, words, seconds=30):
    def look():
        state = driver(agent)
        return state if state["state"] == "failing" and words in state["detail"] else None
    try:
        return wait_for(f"the driver to say {words!r}", look, seconds)["detail"]
    except AssertionError as error:
        raise AssertionError(f"{error}; it says {driver(agent)}") from None


def is_well(agent):
    wait_for("the driver to be well", lambda: driver(agent)["state"] == "ok", 30)


def source_pid(agent):
    pid = agent.process.child.pid
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return next((int(one) for one in children if b"sql-source" in pathlib.Path(f"/proc/{one}/cmdline").read_bytes()),
                None)


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


@pytest.mark.fault("F44")
def test_a_database_that_is_down_is_left_alone_and_found_again(shop, server):
    insert(server, 0, 10)
    hub, agent = open_shop(shop, server)
    assert_all_once(hub, 10)
    server.stop()
    says(agent, "tried again in")
    assert agent.get("/readyz")[0] == 200
    server.start()
    insert(server, 10, 20)
    assert_all_once(hub, 20)
    is_well(agent)


@pytest.mark.fault("F44")
def test_a_locked_table_costs_a_query_and_no_more(shop, server):
    insert(server, 0, 10)
    hub, agent = open_shop(shop, server)
    assert_all_once(hub, 10)
    lock = server.hold_lock(shop, 6)
    detail = says(agent, "tried again in")
    assert "locked" in detail or "took longer than 2 s" in detail or "imeout" in detail, detail
    lock.child.wait(30)
    insert(server, 10, 20)
    assert_all_once(hub, 20)
    is_well(agent)


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
def test_a_slow_query_is_broken_off(shop):
    till = PostgresTill(shop).start()
    till.run(till.create)
    insert(till, 0, 10)
    _, agent = open_shop(shop, till, query="SELECT *, pg_sleep(3) FROM scans")
    says(agent, "the query took longer than 2 s and was broken off")


@pytest.mark.fault("F44")
def test_a_database_that_hangs_costs_the_source_its_life_and_the_agent_nothing(shop, server):
    insert(server, 0, 10)
    hub, agent = open_shop(shop, server, query_timeout_s=1)
    assert_all_once(hub, 10)
    pid = source_pid(agent)
    for process in server.processes():
        os.kill(process, signal.SIGSTOP)
    try:
        wait_for("the source to be ended", lambda: source_pid(agent) != pid, 40)
        assert agent.get("/readyz")[0] == 200
    finally:
        for process in server.processes():
            os.kill(process, signal.SIGCONT)
    insert(server, 10, 20)
    assert_all_once(hub, 20)
    is_well(agent)


def test_nothing_can_be_written_through_it(shop):
    till = PostgresTill(shop).start()
    till.run(till.create, "CREATE SEQUENCE counted")
    insert(till, 0, 1)
    _, agent = open_shop(shop, till, query="SELECT *, nextval('counted') FROM scans")
    says(agent, "read-only transaction")


AFTER_FAILURES = 90  # s: while its database was away the driver has begun to wait up to half a minute


@pytest.fixture
def replaced(shop):
    """Ten rows of the database `pos` are read; then another one stands under its name, with twenty. Called with the
    statements that make the new one what it is."""
    till = PostgresTill(shop).start()
    run = till.run
    run("CREATE DATABASE pos")
    till.run = lambda *statements: run(*statements, database="pos")
    till.run(till.create)
    insert(till, 0, 10)
    hub, agent = open_shop(shop, till, **till.keys("pos"))
    assert_all_once(hub, 10)

    def replace(*statements):
        run("DROP DATABASE pos WITH (FORCE)")
        run("CREATE DATABASE pos")
        till.run(*statements, till.create)
        insert(till, 0, 20)
        return till, hub, agent
    return replace


def assert_not_read_until_it_says_which_it_is(replaced, function, words):
    """`function`: stands before the one by which a PostgreSQL says which it is; `words`: what the driver makes of that."""
    till, hub, agent = replaced(
        "ALTER DATABASE pos SET search_path = public, pg_catalog",
        f"CREATE FUNCTION pg_control_system(OUT system_identifier text) LANGUAGE {function}")
    says(agent, words, AFTER_FAILURES)
    time.sleep(5)
    assert len(scans_at(hub)) == 10
    till.run("DROP FUNCTION public.pg_control_system")
    says(agent, "this is another database than the one that was read up to id 9", AFTER_FAILURES)


@pytest.mark.fault("F44")
def test_a_database_too_busy_to_say_which_it_is_is_not_read_until_it_has(replaced):
    assert_not_read_until_it_says_which_it_is(replaced, "sql AS 'SELECT pg_sleep(30)::text'", "the query took longer than 2 s")


@pytest.mark.fault("F44")
def test_a_database_that_does_not_say_any_more_which_it_is_is_not_read_until_it_does(replaced):
    assert_not_read_until_it_says_which_it_is(
        replaced, "plpgsql AS $$BEGIN RAISE insufficient_privilege USING MESSAGE = 'not for you'; END$$", "not for you")


@pytest.mark.fault("F44")
def test_another_database_under_the_same_name_is_asked_about(replaced):
    _, hub, agent = replaced()
    says(agent, "this is another database than the one that was read up to id 9", AFTER_FAILURES)
    assert len(scans_at(hub)) == 10
    agent.cli("drivers", "answer", "pos", "continue")
    assert_all_once(hub, 20)
    is_well(agent)


def test_a_wrong_password_or_table_is_said_in_words(shop, server):
    _, agent = open_shop(shop, server, query="SELECT * FROM receipts")
    says(agent, "receipts")


def test_what_is_in_other_alphabets_arrives_as_it_is(shop, till):
    till.run("INSERT INTO scans (id, code, at, price) VALUES (1,'Zürich \u20ac \u4e2d\u6587 \U0001F9C0','2026-11-20T09:15:02Z',1.10)")
    hub, agent = open_shop(shop, till)
    wait_for("the row", lambda: scans_at(hub))
    assert scans_at(hub) == ["Zürich € 中文 🧀"]


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


@pytest.fixture
def file_till(shop):
    made = SqliteTill(shop)
    made.run(made.create)
    return made


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


MADE = {"sqlite": ("text", "datetime('2026-11-20 09:00:00', '+' || id || ' seconds')"),
        "postgresql": ("timestamp", "timestamp '2026-11-20 09:00:00' + id * interval '1 second'"),
        "mariadb": ("datetime", "TIMESTAMPADD(SECOND, id, '2026-11-20 09:00:00')")}


def insert_made(till, first, last):
    """Each row a second after the one before: a second column by which it can be read on."""
    kind, value = MADE[till.kind]
    if first == 0:
        till.run(f"ALTER TABLE scans ADD COLUMN made {kind}")
    insert(till, first, last)
    till.run(f"UPDATE scans SET made = {value} WHERE made IS NULL")


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


class Source:
    """The program storeward-sql-source, with a test in the place of the agent that keeps `cursors`."""

    def __init__(self, till, cursors, **settings):
        self.program = subprocess.Popen([BIN / "storeward-sql-source"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.cursors = cursors
        self.rows, self.question = [], ""
        self.say({"hello": 1, "driver": "pos", "max_line_bytes": 262144, "cursors": cursors, "skip": [], "config": {
            **till.keys(), "query": "SELECT * FROM scans", "cursor": "id", "cursor_kind": "key", "overlap": "0", "poll_s": "1",
            "page_rows": "100", "query_timeout_s": "5", **settings}})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.program.kill()
        self.program.communicate()

    def say(self, line):
        self.program.stdin.write(json.dumps(line) + "\n")
        self.program.stdin.flush()

    def until(self, reached):
        """Hears it, as the agent does, until what it has said so far is enough."""
        while not reached(self):
            line = self.program.stdout.readline()
            assert line, f"it ended; it had asked {self.question!r}"
            line = json.loads(line)
            self.question = line.get("ask", "" if "health" in line else self.question)
            if "id" in line:
                self.rows += [int(row["id"]) for row in line.get("records", [])]
                self.cursors[line["cursor"]["key"]] = line["cursor"]["value"]
                self.say({"id": line["id"], "results": []})


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
