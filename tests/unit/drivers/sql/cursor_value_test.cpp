#include "drivers/sql/cursor_value.h"

#include <catch2/catch.hpp>

using storeward::sql::before;
using storeward::sql::CursorKind;
using storeward::sql::literal;
using storeward::sql::order_of;

TEST_CASE("Keys are whole numbers and nothing else", "[sql]") {
  CHECK(order_of(CursorKind::key, "4711") == 4711);
  CHECK(order_of(CursorKind::key, "-3") == -3);
  CHECK(order_of(CursorKind::key, "9223372036854775807") == INT64_MAX);
  for (const char* text : {"", "1.5", "abc", "1 OR 1=1", "9223372036854775808", " 1"}) {
    INFO(text);
    CHECK_FALSE(order_of(CursorKind::key, text));
  }
  CHECK(before(CursorKind::key, "4711", 300) == "4411");
  CHECK(before(CursorKind::key, "5", 300) == "-295");
  CHECK(before(CursorKind::key, "-9223372036854775807", 300) == "-9223372036854775808");
  CHECK(literal(CursorKind::key, "4711") == "4711");
}

TEST_CASE("Times are read in the spellings of the databases, and keep them", "[sql]") {
  const auto at = [](std::string_view text) { return order_of(CursorKind::time, text).value(); };
  CHECK(at("1970-01-01 00:00:01.5") == 1'500'000);
  CHECK(at("2026-11-20 09:15:02") == at("2026-11-20T09:15:02.000Z"));
  CHECK(at("2026-11-20 09:15:02.1") < at("2026-11-20 09:15:02.12"));
  CHECK(at("2026-11-20 09:15:02") < at("2026-11-20 09:15:02.000001"));
  CHECK(at("2026-11-20") == at("2026-11-20 00:00:00"));
  CHECK(at("2026-11-20 09:15:02.1234567") == at("2026-11-20 09:15:02.123456"));

  CHECK(before(CursorKind::time, "2026-03-01 00:00:10", 20) == "2026-02-28 23:59:50");
  CHECK(before(CursorKind::time, "2026-11-20T09:15:02.25Z", 60) == "2026-11-20T09:14:02.25Z");
  CHECK(before(CursorKind::time, "2026-11-20 09:15:02.123", 60) == "2026-11-20 09:14:02.123");
  CHECK(before(CursorKind::time, "2026-11-20 09:15:02.1234567", 0) ==
        "2026-11-20 09:15:02.1234567");
  CHECK(before(CursorKind::time, "2026-11-20 09:15:02+00:00", 2) == "2026-11-20 09:15:00+00:00");
  CHECK(before(CursorKind::time, "0001-01-01 00:00:00", 100'000'000) == "0000-01-01 00:00:00");
  CHECK(literal(CursorKind::time, "2026-11-20 09:15:02") == "'2026-11-20 09:15:02'");
}

TEST_CASE("What is no time is none, and no way into the statement", "[sql]") {
  for (const char* text :
       {"", "4711", "2026-13-01", "2026-02-30 00:00:00", "2026-11-20 24:00:00", "20.11.2026",
        "2026-11-20 09:15", "2026-11-20 09:15:02'; DROP TABLE x --", "2026-11-20 09:15:02+'"}) {
    INFO(text);
    CHECK_FALSE(order_of(CursorKind::time, text));
  }
}
