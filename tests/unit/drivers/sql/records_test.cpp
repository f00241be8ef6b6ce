#include "drivers/sql/records.h"

#include <catch2/catch.hpp>

using namespace storeward::sql;

namespace {

Rows receipts() {
  return {.columns = {"Id", "sku", "note"},
          .rows = {{"1", "A", std::nullopt}, {"1", "B", "x\"y"}, {"2", "C", ""}, {"3", "D", "z"}}};
}

std::vector<SqlRecord> made(const Reading& reading, const Rows& rows, bool cut) {
  const auto making = RecordMaking::make(reading, rows.columns);
  REQUIRE(making);
  auto records = making->records(rows, cut);
  REQUIRE(records);
  return std::move(*records);
}

}  // namespace

TEST_CASE("A row is a record by its columns, without what is NULL", "[sql]") {
  const auto records = made({.query = "", .cursor = "r.\"ID\""}, receipts(), true);
  REQUIRE(records.size() == 4);
  CHECK(records[0].json == R"({"Id":"1","sku":"A"})");
  CHECK(records[1].json == R"({"Id":"1","sku":"B","note":"x\"y"})");
  CHECK(records[3].at == "3");
  CHECK(records[3].order == 3);
}

TEST_CASE("Binary floating point is a number, as far as JSON has one", "[sql]") {
  const Rows rows{.columns = {"id", "weight"},
                  .rows = {{"1", Value("0.30000000000000004", true)},
                           {"2", Value("NaN", true)},
                           {"3", Value("0.30000000000000004")}}};
  const auto records = made({.query = "", .cursor = "id"}, rows, false);
  CHECK(records[0].json == R"({"id":"1","weight":0.30000000000000004})");
  CHECK(records[1].json == R"({"id":"2","weight":"NaN"})");
  CHECK(records[2].json == R"({"id":"3","weight":"0.30000000000000004"})");
}

TEST_CASE("Rows of a group are one record; the last of a page that is cut waits", "[sql]") {
  const Reading reading{.query = "", .cursor = "id", .group_by = {"[id]"}};
  CHECK(made(reading, receipts(), false).size() == 3);
  const auto records = made(reading, receipts(), true);
  REQUIRE(records.size() == 2);
  CHECK(records[0].json ==
        R"({"Id":"1","sku":"A","row":[{"Id":"1","sku":"A"},{"Id":"1","sku":"B","note":"x\"y"}]})");
  CHECK(records[1].json ==
        R"({"Id":"2","sku":"C","note":"","row":[{"Id":"2","sku":"C","note":""}]})");
}

TEST_CASE("A column that the query does not give is named, and so is a value of the wrong kind",
          "[sql]") {
  const Rows rows = receipts();
  const auto missing = RecordMaking::make({.query = "", .cursor = "number"}, rows.columns);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message == "the query gives no column \"number\"");
  const auto wrong = RecordMaking::make({.query = "", .cursor = "sku"}, rows.columns);
  REQUIRE(wrong);
  CHECK(wrong->records(rows, false).error().message ==
        "the column \"sku\" has the value \"A\", which is no whole number");
}

TEST_CASE("Rows of a group have one value of the cursor, or a page could cut it in two",
          "[sql][F44]") {
  const auto words = [](const std::string& second, CursorKind kind) {
    const Rows rows{.columns = {"line", "receipt"},
                    .rows = {{"2026-11-20 09:15:02", "1"}, {second, "1"}}};
    const auto making = RecordMaking::make(
        {.query = "", .cursor = "line", .kind = kind, .group_by = {"r.receipt"}}, rows.columns);
    REQUIRE(making);
    const auto records = making->records(rows, false);
    return records ? std::string() : records.error().message;
  };
  CHECK(words("2026-11-20 09:15:02.000", CursorKind::time).empty());
  CHECK(words("2026-11-20 09:15:03", CursorKind::time) ==
        "rows that are alike in r.receipt have different values of the cursor line, 2026-11-20 "
        "09:15:02 and 2026-11-20 09:15:03: a look could begin amid them. With group_by the cursor "
        "must be the same in all rows of a record, such as the receipt's number or the time it was "
        "closed");
}
