#include "agent/till/decimal.h"

#include <catch2/catch.hpp>

using storeward::till::parse_decimal;
using storeward::till::product_in_minor;
using storeward::till::to_text;

namespace {

std::int64_t minor(const char* a, const char* b) {
  return product_in_minor(parse_decimal(a).value(), parse_decimal(b).value()).value();
}

}  // namespace

TEST_CASE("a decimal keeps its value and loses only idle zeros", "[till]") {
  for (const auto& [text, shown] : {std::pair{"2.55", "2.55"},
                                    {"0.001", "0.001"},
                                    {"-10", "-10"},
                                    {"+7", "7"},
                                    {"0.0", "0"},
                                    {"-0.050", "-0.05"},
                                    {"0012.500", "12.5"},
                                    {"999999999999999", "999999999999999"}}) {
    CAPTURE(text);
    CHECK(to_text(parse_decimal(text).value()) == shown);
  }
}

TEST_CASE("what is no plain decimal number is refused", "[till]") {
  for (const char* text : {"", "-", ".", "5.", ".5", "1,5", "1e3", "0x1", "1.2.3", "--1", " 1",
                           "NaN", "1000000000000000", "0.0000000001"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_decimal(text));
  }
}

TEST_CASE("quantity times price is exact and rounds half away from zero", "[till]") {
  CHECK(minor("6", "2.55") == 1530);
  CHECK(minor("1", "0.005") == 1);
  CHECK(minor("-1", "0.005") == -1);
  CHECK(minor("1", "0.004999999") == 0);
  CHECK(minor("3", "0.001") == 0);
  CHECK(minor("5", "0.001") == 1);
  CHECK(minor("-15", "0.001") == -2);
  CHECK(minor("1", "1.015") == 102);  // 101.49999... in binary floating point
  CHECK(minor("7", "11062") == 7743400);
}

TEST_CASE("money beyond 64 bits is an error, not a wrong number", "[till]") {
  const auto large = parse_decimal("999999999999999").value();
  CHECK_FALSE(product_in_minor(large, large));
}
