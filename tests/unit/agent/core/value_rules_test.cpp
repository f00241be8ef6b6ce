#include "agent/core/value_rules.h"

#include <catch2/catch.hpp>

using namespace storeward;

TEST_CASE("only dates that exist are dates", "[values]") {
  for (const char* date : {"2026-11-20", "2024-02-29", "2000-02-29", "0000-01-01", "9999-12-31"}) {
    CHECK(is_date(date));
  }
  for (const char* text : {"2026-02-29", "1900-02-29", "2026-13-01", "2026-00-01", "2026-04-31",
                           "2026-1-01", "20261120", "2026-11-20 ", "+026-11-20", ""}) {
    INFO(text);
    CHECK_FALSE(is_date(text));
  }
}

TEST_CASE("times are instants, whatever their offset", "[values]") {
  const auto utc = [](std::string_view text) {
    const auto time = parse_time(text);
    return time ? to_rfc3339(*time) : "none";
  };
  CHECK(utc("2026-11-20T09:15:02Z") == "2026-11-20T09:15:02.000Z");
  CHECK(utc("2026-11-20T10:15:02.1239+01:00") == "2026-11-20T09:15:02.123Z");
  CHECK(utc("2026-01-01T00:15:00.5+05:30") == "2025-12-31T18:45:00.500Z");
  CHECK(utc("2025-12-31T23:59:00-00:30") == "2026-01-01T00:29:00.000Z");
  CHECK(utc("2016-12-31T23:59:60Z") == "2017-01-01T00:00:00.000Z");
  for (const char* text :
       {"2026-11-20T09:15:02", "2026-11-20", "2026-11-20T24:00:00Z", "2026-11-20T09:60:00Z",
        "2026-11-20T09:15:61Z", "2026-11-20T09:15:02.Z", "2026-11-20T09:15:02.1234567890Z",
        "2026-11-20t09:15:02Z", "2026-11-20T09:15:02z", "2026-11-20T09:15:02+0100",
        "2026-11-20T09:15:02+24:00", "2026-11-20T09:15:02+01:60", "2026-02-30T09:15:02Z",
        "2026-11-20T09:15:02.", "2026-11-20T09:15:02ZZ", ""}) {
    INFO(text);
    CHECK_FALSE(parse_time(text));
  }
}

TEST_CASE("decimals are digits, at most one sign and one point", "[values]") {
  for (const char* text : {"0", "-0.420", "007", "1.4900", "999999999999999999.999999999"}) {
    INFO(text);
    CHECK(is_decimal(text));
  }
  for (const char* text : {"", "-", ".", "1.", ".5", "+1", "1e3", "1,5", " 1", "--1", "1.2.3",
                           "1000000000000000000", "0.1234567890"}) {
    INFO(text);
    CHECK_FALSE(is_decimal(text));
  }
  CHECK(is_positive_decimal("0.001"));
  CHECK_FALSE(is_positive_decimal("0.000"));
  CHECK_FALSE(is_positive_decimal("-1"));
  CHECK(is_unsigned_decimal("0"));
  CHECK_FALSE(is_unsigned_decimal("-1"));
}

TEST_CASE("codes and names have their alphabet and length", "[values]") {
  CHECK(is_currency("EUR"));
  CHECK_FALSE(is_currency("eur"));
  CHECK_FALSE(is_currency("EURO"));
  CHECK(is_unit("H87"));
  CHECK_FALSE(is_unit(""));
  CHECK_FALSE(is_unit("kgm"));
  CHECK(is_gtin("40063813"));
  CHECK_FALSE(is_gtin("123456789"));
  CHECK(is_name("till-3_a.b~C"));
  CHECK_FALSE(is_name("till 3"));
  CHECK_FALSE(is_name(std::string(65, 'x')));
  CHECK(is_revision("1"));
  CHECK_FALSE(is_revision("0"));
  CHECK_FALSE(is_revision("01"));
  CHECK_FALSE(is_revision("1234567890123456789"));
}
