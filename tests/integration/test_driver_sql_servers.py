"""The driver `sql` on servers behind ODBC: away, slow, locked or replaced; their types, and what their drivers do."""

import getpass
import glob
import os
import signal
import time

import pytest

from databases import TILLS, PostgresTill
from pos_database import Source, insert, is_well, open_shop, says, source_pid
from scans import assert_all_once, scans_at
from shop import wait_for

BINARY = {"postgresql": ("bytea", "'\\x{}'"), "mariadb": ("blob", "x'{}'")}
MOMENT = {"postgresql": "timestamptz(3)", "mariadb": "timestamp(3)"}
WALL_CLOCK = {"postgresql": "timestamp(3)", "mariadb": "datetime(3)"}


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request, shop):
    made = TILLS[request.param](shop).start()
    made.run(made.create)
    return made


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


def test_nothing_can_be_written_through_it(shop, server):
    """Nor by a user who may, as one is where a till has but one."""
    server.run("CREATE SEQUENCE counted", *server.all_to_reader)
    insert(server, 0, 1)
    _, agent = open_shop(shop, server, query="SELECT scans.*, nextval({}) AS n FROM scans".format(server.named("counted")))
    says(agent, server.refuses_to_write)


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


def rows_of(till, count, **settings):
    with Source(till, {}, query="SELECT * FROM typed", **settings) as source:
        source.until(lambda heard: len(heard.records) >= count)
        return source.records


def test_bytes_arrive_in_hex_and_bits_as_digits(server):
    kind, written = BINARY[server.kind]
    much = bytes(range(256)) * 40  # several chunks
    server.run(f"CREATE TABLE typed (id bigint, short {kind}, much {kind}, none {kind})",
               "INSERT INTO typed VALUES (1, {}, {}, NULL)".format(written.format("00ff41"), written.format(much.hex())))
    if server.kind == "mariadb":
        server.run("ALTER TABLE typed ADD COLUMN (tag varbinary(16), voided bit(1), kept bit(1), flags bit(8))",
                   "UPDATE typed SET tag = x'deadbeef00', voided = b'1', kept = b'0', flags = b'101'")
    row, = rows_of(server, 1)
    assert row.pop("much") == much.hex()
    assert row == {"id": "1", "short": "00ff41"} | (
        {"tag": "deadbeef00", "voided": "1", "kept": "0", "flags": "05"} if server.kind == "mariadb" else {})


def test_what_has_a_plain_text_arrives_as_that(server):
    value = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
    server.run("CREATE TABLE typed (id bigint, unique_id uuid)", f"INSERT INTO typed VALUES (1, '{value.upper()}')")
    more = {}
    if server.kind == "mariadb":
        server.run("ALTER TABLE typed ADD COLUMN (large bigint unsigned, since year, late time(3), counted int(6) zerofill)",
                   "UPDATE typed SET large = 18446744073709551615, since = 2026, late = '-12:15:02.250', counted = 42")
        more = {"large": "18446744073709551615", "since": "2026", "late": "-12:15:02.250", "counted": "000042"}
    row, = rows_of(server, 1)
    assert row == {"id": "1", "unique_id": value} | more


def test_money_of_postgresql_is_refused_with_what_to_ask_for(shop):
    till = PostgresTill(shop).start()
    till.run("CREATE TABLE typed (id bigint, total money)", "INSERT INTO typed VALUES (1, '-1234.5')")
    with pytest.raises(AssertionError, match='"total" is of the type money.*total::numeric AS total'):
        rows_of(till, 1)
    with Source(till, {}, query="SELECT id, total::numeric AS total FROM typed") as source:
        source.until(lambda heard: heard.records)
        assert source.records == [{"id": "1", "total": "-1234.50"}]


def test_a_moment_says_that_it_is_in_utc_and_a_wall_clock_s_time_does_not(server):
    server.run(f"CREATE TABLE typed (id bigint, moment {MOMENT[server.kind]}, wall {WALL_CLOCK[server.kind]})",
               "INSERT INTO typed VALUES (1, '2026-11-20 09:15:02.250', '2026-11-20 09:15:02.250'), (2, NULL, NULL)")
    first, second = rows_of(server, 2)
    assert first["moment"].startswith("2026-11-20 09:15:02.25") and first["moment"].endswith("Z")
    assert first["wall"].rstrip("0") == "2026-11-20 09:15:02.25"
    assert second == {"id": "2"}


def test_a_moment_as_cursor_is_read_on_by_and_nothing_is_left_out(server):
    server.run(f"CREATE TABLE typed (id bigint, moment {MOMENT[server.kind]})", "INSERT INTO typed VALUES " + ",".join(
        f"({number}, '2026-11-20 09:{number // 60:02}:{number % 60:02}.250')" for number in range(1, 300)))
    by_moment = {"cursor": "moment", "cursor_kind": "time", "overlap": "0", "query": "SELECT * FROM typed"}
    cursors = {}
    with Source(server, cursors, **by_moment, page_rows="20") as source:
        source.until(lambda heard: len(heard.records) >= 299)
        assert source.rows == list(range(1, 300))
    server.run("INSERT INTO typed VALUES (300, '2026-11-20 10:00:00.125')")
    with Source(server, cursors, **by_moment) as source:
        source.until(lambda heard: 300 in heard.rows)
        assert source.rows == [299, 300]


def test_the_database_s_driver_leaves_no_log(shop):
    """PostgreSQL's would, as Debian sets it up: /tmp/psqlodbc_PROGRAM_USERPID.log."""
    began = time.time()
    till = PostgresTill(shop).start()
    till.run("CREATE TABLE typed (id bigint)", "INSERT INTO typed VALUES (1)")
    with Source(till, {}, query="SELECT * FROM typed") as source:
        source.until(lambda heard: heard.rows)
        source.program.stdin.close()
        assert source.program.wait(20) == 0
    assert not glob.glob(f"/tmp/psqlodbc_*{getpass.getuser()}{source.program.pid}.log")
