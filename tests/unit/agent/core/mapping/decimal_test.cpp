#include "agent/core/mapping/decimal.h"

#include <catch2/catch.hpp>

#include "tests/support/random.h"
#include "tests/support/seed.h"

using storeward::Decimal;
using storeward::NumberFormat;

namespace {

std::string read(std::string_view text, NumberFormat format = {}) {
  const auto value = Decimal::parse(text, format);
  return value ? value->to_text() : "none";
}

}  // namespace

TEST_CASE("numbers are read as tills and banks write them", "[mapping][F42]") {
  CHECK(read("12.50") == "12.50");
  CHECK(read("-0.05") == "-0.05");
  CHECK(read(".5") == "0.5");
  CHECK(read("+3") == "3");
  CHECK(read("12.5-") == "-12.5");
  CHECK(read("(5.00)") == "-5.00");
  CHECK(read("1E2") == "100");
  CHECK(read("1.5e-3") == "0.0015");
  CHECK(read("€ 12.50") == "12.50");
  CHECK(read(" 22041.88000 ") == "22041.88000");
  CHECK(read("1.234.567,89", {',', '.'}) == "1234567.89");
  CHECK(read("1'000.5", {'.', '\''}) == "1000.5");
  CHECK(read("12.34.567,8", {',', '.'}) == "1234567.8");  // lakh and crore
  // A decimal sign where the template expects one between thousands.
  for (const char* const text : {"12.50", "1.2345", "1.23,50", "0.420", "1234.567", "1.234.56"}) {
    INFO(text);
    CHECK(read(text, {',', '.'}) == "none");
  }
  CHECK(read("1.2302025304E+022") == "none");
}

TEST_CASE("what is no number, or too long for one, is none", "[mapping]") {
  for (const auto* text : {"", " ", "-", "abc", "1,5", "1.2.3", "1e", "0x10", "NaN", "1 000", "--5",
                           "1234567890123456789", "0.1234567891", "1e30"}) {
    CHECK(read(text) == "none");
  }
  CHECK(read("999999999999999999") == "999999999999999999");
}

TEST_CASE("a JSON number that is too long has a nearest one", "[mapping]") {
  const auto nearest = [](std::string_view text) {
    const auto value = Decimal::nearest(text);
    return value ? value->to_text() : "none";
  };
  CHECK(nearest("19.989999999999998") == "19.99");
  CHECK(nearest("-0.30000000000000004") == "-0.3");
  CHECK(nearest("0.1234567895") == "0.12345679");
  CHECK(nearest("-0.1234567895") == "-0.12345679");
  CHECK(nearest("0.12345678949") == "0.123456789");
  CHECK(nearest("5.551115123125783e-17") == "0");
  CHECK(nearest("4.9999999999e-10") == "0");
  CHECK(nearest("5e-10") == "0.000000001");
  CHECK(nearest("0.00000000000000000") == "0");
  CHECK(nearest("0e-500") == "none");
  CHECK(nearest("1998.9999999999998") == "1999");
  CHECK(nearest("123456789012.12345678901") == "123456789012.123457");
  CHECK(nearest("999999999999999999.4") == "999999999999999999");
  CHECK(nearest("999999999999999999.5") == "none");
  CHECK(nearest("1234567890123456789.5") == "none");
  CHECK(nearest("1e30") == "none");
  CHECK(nearest("1e-99999999999") == "none");
}

TEST_CASE("arithmetic is exact, and rounding says so", "[mapping]") {
  const auto price = *Decimal::parse("2.55"), weight = *Decimal::parse("0.420");
  CHECK(Decimal::product(price, weight)->to_text() == "1.07100");
  CHECK(Decimal::sum(price, weight)->to_text() == "2.970");
  bool exact = true;
  CHECK(Decimal::parse("1.071")->scaled(2, exact) == 107);
  CHECK(!exact);
  CHECK(Decimal::parse("-1.075")->scaled(2, exact) == -108);
  CHECK(Decimal::parse("1.070")->scaled(2, exact) == 107);
  CHECK(exact);
  CHECK(Decimal::parse("7")->scaled(3, exact) == 7000);
  CHECK(Decimal::parse("1523")->shifted(2)->to_text() == "15.23");
  CHECK(!Decimal::product(*Decimal::parse("999999999999"), *Decimal::parse("999999999999")));
  CHECK(Decimal::compare(*Decimal::parse("1.50"), *Decimal::parse("1.5")) == 0);
  CHECK(Decimal::compare(*Decimal::parse("-2"), *Decimal::parse("1.5")) < 0);
}

TEST_CASE("a number survives being written and read", "[mapping]") {
  storeward::support::Random random(storeward::testing::announced_seed("decimal"));
  for (int i = 0; i < 20'000; ++i) {
    const auto digits = static_cast<std::int64_t>(random.below(1'000'000'000'000'000'000u));
    const auto value = Decimal::whole(digits).shifted(static_cast<int>(random.below(10)));
    if (!value) continue;
    const auto again = Decimal::parse(value->to_text());
    REQUIRE(again);
    REQUIRE(Decimal::compare(*again, *value) == 0);
  }
}
