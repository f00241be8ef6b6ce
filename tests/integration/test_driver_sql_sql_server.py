"""The driver `sql` on SQL Server's line protocol, through FreeTDS: against a stand-in, so what is sent and how answers are read,
not what a real SQL Server makes of it."""

import pytest

from pos_database import TEMPLATE, Source, insert, is_well, open_shop, says
from scans import assert_all_once, scans_at
from shop import wait_for
from stub_sql_server import Refusal, StubSqlServer


@pytest.fixture
def server(shop):
    made = StubSqlServer(shop, {"made": "datetime", "rv": "rowversion", "version": "bigint"}).start()
    made.run(made.create)
    return made


def test_each_row_arrives_once_by_statements_that_sql_server_takes(shop, server):
    insert(server, 0, 250)
    server.run("INSERT INTO scans (id, code, at, price) VALUES (250, 'Zürich € 中文 🧀', '2026-11-20T09:15:02Z', 1.10)")
    hub, agent = open_shop(shop, server, page_rows=100)
    wait_for("the rows", lambda: len(scans_at(hub)) == 251)
    assert scans_at(hub)[-1] == "Zürich € 中文 🧀"
    is_well(agent)
    assert all(server.read_only)
    assert "SET DATEFORMAT ymd" in server.statements
    page = "SELECT TOP (100) * FROM (SELECT * FROM scans) AS storeward_rows WHERE id >= 200 ORDER BY id"
    wait_for("the next look", lambda: page in server.statements)


def test_the_lines_of_a_receipt_are_one_record_by_a_name_in_brackets(shop, server):
    insert(server, 0, 20)
    server.run("CREATE TABLE item (receipt, sku)", "INSERT INTO item SELECT id, 'A' FROM scans UNION ALL SELECT id, 'B' FROM scans")
    template = TEMPLATE + '[event.data.lines]\neach = "row"\n[event.data.lines.item]\nsku = "sku"\n'
    hub, agent = open_shop(shop, server, template, cursor="[id]", group_by=["[id]"],
                           query="SELECT s.id, s.code, s.at, s.price, i.sku FROM scans s JOIN item i ON i.receipt = s.id")
    assert_all_once(hub, 20)
    is_well(agent)


def test_a_server_that_goes_away_is_found_again(shop, server):
    insert(server, 0, 10)
    hub, agent = open_shop(shop, server)
    assert_all_once(hub, 10)
    server.stop()
    says(agent, "the database does not answer")
    insert(server, 10, 20)
    server.start()
    assert_all_once(hub, 20)
    is_well(agent)


def test_a_datetime_as_cursor_is_read_as_it_was_written_whatever_the_login_s_language(shop, server):
    insert(server, 0, 30)
    server.run("ALTER TABLE scans ADD COLUMN made",
               "UPDATE scans SET made = printf('2026-05-11 09:15:%02d.123', id)")
    hub, agent = open_shop(shop, server, cursor="made", cursor_kind="time", overlap=5, page_rows=10)
    assert_all_once(hub, 30)
    insert(server, 30, 32)
    server.run("UPDATE scans SET made = CASE id WHEN 30 THEN '2026-05-11 09:15:26.003' ELSE '2026-05-11 09:16:00' END WHERE id >= 30")
    assert_all_once(hub, 32)
    is_well(agent)


def test_a_rowversion_as_cursor_finds_what_was_committed_late(shop, server):
    insert(server, 0, 20)
    server.run("ALTER TABLE scans ADD COLUMN rv", "UPDATE scans SET rv = 2000 + 2 * id")
    hub, agent = open_shop(shop, server, cursor="version", overlap=20,
                           query="SELECT id, code, at, price, CAST(rv AS bigint) AS version FROM scans")
    assert_all_once(hub, 20)
    insert(server, 20, 21)
    server.run("UPDATE scans SET rv = 2029 WHERE id = 20")
    assert_all_once(hub, 21)
    is_well(agent)


def test_a_refused_login_is_said_in_words_and_the_password_is_in_none(shop, server):
    server.password.write_text("swordfish;}\n")
    _, agent = open_shop(shop, server)
    detail = says(agent, "the database refuses the user or the password")
    assert "error 18456" in detail and "swordfish" not in detail
    assert "swordfish" not in agent.process.log.read_text()


@pytest.mark.parametrize("keys,words", [
    ({"query": "SELECT * FROM receipts"}, ("the query names a table that is not there", "receipts", "error 208")),
    ({"query": "SELECT id, total FROM scans"}, ("the query names a column that is not there", "total", "error 207")),
    ({"query": "SELECT * FROM scans LIMIT 3"}, ("the database says", "Incorrect syntax", "error 102"))])
def test_a_refused_statement_is_said_with_its_number(shop, server, keys, words):
    _, agent = open_shop(shop, server, **keys)
    detail = says(agent, words[0])
    assert all(word in detail for word in words), detail


@pytest.mark.parametrize("number,words", [(1222, "a table is locked by another program"), (229, "GRANT SELECT"), (1205, "error 1205")])
def test_a_table_that_cannot_be_read_now_is_read_later(shop, server, number, words):
    insert(server, 0, 10)
    answer = server.answer

    def refuse(*_):
        raise Refusal(number, "stub")
    server.answer = refuse
    hub, agent = open_shop(shop, server)
    says(agent, words)
    server.answer = answer
    assert_all_once(hub, 10)
    is_well(agent)


def test_a_silent_server_costs_a_query_and_no_more(shop, server):
    insert(server, 0, 10)
    hub, agent = open_shop(shop, server)
    assert_all_once(hub, 10)
    server.silent.set()
    says(agent, "the query took longer than 2 s and was broken off")
    server.silent.clear()
    insert(server, 10, 20)
    assert_all_once(hub, 20)
    is_well(agent)


def test_values_of_each_type_arrive_as_plain_text_and_binary_floating_point_as_numbers(shop):
    values = {
        "large": ("bigint", 2**62, "4611686018427387904"), "small": ("int", -5, "-5"), "name": ("nvarchar", "Käse 中 🧀", "Käse 中 🧀"),
        "old": ("varchar", "Käse €", "Käse €"), "exact": ("decimal(18,4)", "-12.3400", "-12.3400"),
        "cents": ("numeric(10,2)", "0.05", "0.05"), "amount": ("money", "-1234.5", "-1234.5000"), "weight": ("float", 0.1, 0.1),
        "grams": ("float", 1e22, 10**22), "rate": ("real", 1.1, 1.1), "voided": ("bit", 1, "1"),
        "made": ("datetime", "2026-11-05 09:15:02.123", "2026-11-05 09:15:02.123"),
        "fine": ("datetime2", "2026-11-05 09:15:02.1234567", "2026-11-05 09:15:02.1234567"),
        "zoned": ("datetimeoffset", "2026-11-05 09:15:02.1234567 +01:00", "2026-11-05 09:15:02.1234567 +01:00"),
        "day": ("date", "2026-11-05", "2026-11-05"),
        "unique_id": ("uniqueidentifier", "6F9619FF-8B86-D011-B42D-00C04FC964FF", "6F9619FF-8B86-D011-B42D-00C04FC964FF"),
        "rv": ("rowversion", 4711, "0000000000001267"), "note": ("nvarchar(max)", "Käse 🧀 " * 3000, "Käse 🧀 " * 3000)}
    server = StubSqlServer(shop, {name: kind for name, (kind, _, _) in values.items()}).start()
    server.run(f"CREATE TABLE typed (id, {','.join(values)})", "INSERT INTO typed (id) VALUES (2)")
    server.database.execute(f"INSERT INTO typed VALUES (1{',?' * len(values)})", [value for _, value, _ in values.values()])
    with Source(server, {}, query="SELECT * FROM typed") as source:
        source.until(lambda heard: len(heard.records) >= 2)
    first, second = source.records
    assert first == {"id": "1"} | {name: text for name, (_, _, text) in values.items()}
    assert second == {"id": "2"}
