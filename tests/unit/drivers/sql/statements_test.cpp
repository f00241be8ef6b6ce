#include "drivers/sql/statements.h"

#include <catch2/catch.hpp>

#include "drivers/source/breaker.h"
#include "drivers/sql/position.h"
#include "drivers/sql/seen_records.h"
#include "drivers/sql/session.h"

using namespace storeward;
using namespace storeward::sql;
using storeward::source::Breaker;

TEST_CASE("a query may end with a semicolon, as people write one", "[sql]") {
  CHECK(one_statement("SELECT * FROM t;") == "SELECT * FROM t");
  CHECK(one_statement("SELECT * FROM t ;\n ") == "SELECT * FROM t");
  CHECK(one_statement("SELECT ';' AS a FROM t") == "SELECT ';' AS a FROM t");
  CHECK(one_statement(";").empty());
}

TEST_CASE("A page is read on from a value, in the words of each database", "[sql]") {
  const Reading reading{.query = "SELECT * FROM t", .cursor = "id", .group_by = {"id", "shop"}};
  CHECK(page_statement(Dialect::postgresql, reading, "", 10) ==
        "SELECT * FROM (SELECT * FROM t) AS storeward_rows WHERE id IS NOT NULL ORDER BY id, "
        "shop LIMIT 10");
  CHECK(page_statement(Dialect::sql_server, reading, "5", 10) ==
        "SELECT TOP (10) * FROM (SELECT * FROM t) AS storeward_rows WHERE id >= 5 ORDER BY id, "
        "shop");
  CHECK(page_statement(Dialect::other, {.query = "q", .cursor = "t", .kind = CursorKind::time},
                       "2026-11-20", 1) ==
        "SELECT * FROM (q) AS storeward_rows WHERE t >= '2026-11-20' ORDER BY t FETCH FIRST 1 ROWS "
        "ONLY");
  CHECK(newest_statement(Dialect::mariadb, reading) ==
        "SELECT id FROM (SELECT * FROM t) AS storeward_rows WHERE id IS NOT NULL ORDER BY id DESC "
        "LIMIT 1");
}

TEST_CASE("What was read by another cursor is told from what was not", "[sql][F44]") {
  const Reading reading{.query = "q", .cursor = "made", .kind = CursorKind::time};
  const Position position{.at = "9", .column = "\"Id\"", .kind = CursorKind::key};
  CHECK(last_read_statement(Dialect::postgresql, reading, position) ==
        "SELECT made FROM (q) AS storeward_rows WHERE made IS NOT NULL AND \"Id\" <= 9 ORDER BY "
        "made DESC LIMIT 1");
  const Reading rest = unread(Dialect::sqlite, reading, position);
  CHECK(rest.query == "SELECT * FROM (q) AS storeward_all WHERE \"Id\" > 9");
  CHECK(rest.cursor == "made");
}

TEST_CASE("A position survives its way through the agent", "[sql]") {
  const auto read = read_position(
      to_text({.at = "4711", .identity = "7/16384", .column = "at", .kind = CursorKind::time}));
  REQUIRE(read);
  CHECK(read->at == "4711");
  CHECK(read->identity == "7/16384");
  CHECK(read->column == "at");
  CHECK(read->kind == CursorKind::time);
  CHECK(read_position(to_text({}))->at.empty());
  CHECK(read_position(to_text({.at = "1",
                               .identity = "a\x1f"
                                           "b",
                               .column = "id"}))
            ->identity ==
        "a\x1f"
        "b");
  CHECK_FALSE(read_position("4711"));
}

TEST_CASE("A position is of one cursor, however its column is spelled", "[sql][F44]") {
  const Position position{.at = "4711", .identity = {}, .column = "id", .kind = CursorKind::key};
  CHECK(is_of(position, {.query = "", .cursor = "\"ID\"", .kind = CursorKind::key}));
  CHECK_FALSE(is_of(position, {.query = "", .cursor = "line_id", .kind = CursorKind::key}));
  CHECK_FALSE(is_of(position, {.query = "", .cursor = "id", .kind = CursorKind::time}));
}

TEST_CASE("A position of the version before is of every cursor that can have its value",
          "[sql][F44]") {
  const auto read = read_position(
      "4711\x1f"
      "7/16384");
  REQUIRE(read);
  CHECK(read->identity == "7/16384");
  CHECK(read->column.empty());
  CHECK(is_of(*read, {.query = "", .cursor = "id", .kind = CursorKind::key}));
  CHECK_FALSE(is_of(*read, {.query = "", .cursor = "at", .kind = CursorKind::time}));
}

TEST_CASE("Columns that are gone are named; new ones are no reason to stop", "[sql][F44]") {
  const std::string before = columns_text({"id", "price", "note"});
  CHECK(why_columns_differ(before, {"note", "id", "price", "more"}).empty());
  CHECK(why_columns_differ(before, {"id", "note", "amount"}) ==
        "the database has changed: \"price\" is not there any more, new is \"amount\"");
  CHECK(why_columns_differ(before, {"id"}) ==
        "the database has changed: \"price\", \"note\" are not there any more");
  CHECK(columns_text(std::vector<std::string>(1000, "column")).empty());
}

TEST_CASE("What was seen is known until it leaves the window", "[sql]") {
  SeenRecords seen;
  for (int i = 0; i < 100; ++i) seen.add("record " + std::to_string(i), i);
  CHECK(seen.knows("record 5"));
  seen.forget_before(50);
  CHECK_FALSE(seen.knows("record 49"));
  CHECK(seen.knows("record 50"));
  for (std::size_t i = 0; i < SeenRecords::most; ++i) seen.add("more " + std::to_string(i), 200);
  CHECK_FALSE(seen.knows("record 99"));
  seen.clear();
  CHECK_FALSE(seen.knows("more 9"));
}

TEST_CASE("A moment is told from a time of the wall clock by its type", "[sql]") {
  CHECK(is_moment(Dialect::postgresql, "timestamptz"));
  CHECK_FALSE(is_moment(Dialect::postgresql, "timestamp without time zone"));
  CHECK(is_moment(Dialect::mariadb, "timestamp"));
  CHECK_FALSE(is_moment(Dialect::mariadb, "datetime"));
  CHECK_FALSE(is_moment(Dialect::sql_server, "timestamp"));
  CHECK(literal(Dialect::postgresql, CursorKind::time, "2026-11-20 09:15:02Z") ==
        "'2026-11-20 09:15:02Z'");
  CHECK(literal(Dialect::mariadb, CursorKind::time, "2026-11-20 09:15:02Z") ==
        "'2026-11-20 09:15:02'");
}

TEST_CASE("A database that fails is left alone longer and longer, up to two minutes",
          "[sql][F44]") {
  Breaker breaker(7);
  Millis last{0};
  for (int i = 0; i < 30; ++i) {
    const Millis wait = breaker.after_failure();
    CHECK(wait >= std::min(Breaker::most, Breaker::first * (1 << std::min(i, 10))) / 2);
    CHECK(wait <= Breaker::most);
    last = wait;
  }
  CHECK(last >= Breaker::most / 2);
  breaker.success();
  CHECK(breaker.after_failure() <= Breaker::first);
}

TEST_CASE("What a database says is put into plain words, with its own behind them", "[sql][F44]") {
  const auto words = [](std::string_view state) {
    return explain_state(state, "said", Millis{5'000});
  };
  CHECK(explain_state("HY000", "Query execution was interrupted (max_statement_time exceeded)",
                      Millis{5'000})
            .find("took longer than 5 s") != std::string::npos);
  CHECK(words("57014") ==
        "the query took longer than 5 s and was broken off; has the cursor's column an index? "
        "(said)");
  CHECK(words("08001") == "the database does not answer (said)");
  CHECK(words("28P01") == "the database refuses the user or the password (said)");
  CHECK(words("42703").find("column") != std::string::npos);
  CHECK(words("42P01").find("table") != std::string::npos);
  const auto of_sql_server = [](std::int64_t number) {
    return explain_state("42000", "[FreeTDS][SQL Server]said", Millis{5'000}, number);
  };
  CHECK(of_sql_server(18456) ==
        "the database refuses the user or the password ([FreeTDS][SQL Server]said, error 18456)");
  CHECK(of_sql_server(1222).starts_with("a table is locked by another program"));
  CHECK(of_sql_server(229).starts_with("the user has no right to read it"));
  CHECK(of_sql_server(102) == "the database says: [FreeTDS][SQL Server]said, error 102");
  CHECK(explain_state("42000", "[ma-3]said", Millis{5'000}, 1222) ==
        "the database says: [ma-3]said");
  CHECK(words("99999") == "the database says: said");
  CHECK(dialect_of("MariaDB") == Dialect::mariadb);
  CHECK(dialect_of("Microsoft SQL Server") == Dialect::sql_server);
  CHECK(dialect_of("Firebird") == Dialect::other);
}
