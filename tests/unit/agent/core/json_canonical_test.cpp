#include "agent/core/json_canonical.h"

#include <bit>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>

#include "tests/support/seed.h"

using namespace storeward;

namespace {

std::string canonical(std::string_view json) {
  JsonTree tree;
  const auto read = tree.read(json);
  INFO(json << ": " << (read ? "" : read.error().reason));
  REQUIRE(read);
  REQUIRE(tree.sort_members());
  std::string out;
  append_canonical(tree, tree.root(), out);
  return out;
}

}  // namespace

TEST_CASE("members are sorted by UTF-16 code units at every depth", "[canonical]") {
  CHECK(canonical(R"({"b":1,"a":{"d":[],"c":{}},"":0,"ab":2,"B":3})") ==
        R"({"":0,"B":3,"a":{"c":{},"d":[]},"ab":2,"b":1})");
  // U+1F600 is D83D DE00 in UTF-16: before U+FB33, though behind it in UTF-8.
  CHECK(canonical("{\"\xEF\xAC\xB3\":1,\"\xF0\x9F\x98\x80\":2,\"\xE2\x82\xAC\":3,\"1\":4}") ==
        "{\"1\":4,\"\xE2\x82\xAC\":3,\"\xF0\x9F\x98\x80\":2,\"\xEF\xAC\xB3\":1}");
}

TEST_CASE("strings have the fewest escapes", "[canonical]") {
  CHECK(canonical(R"(["\u20ac\u0024\u000F\u000aA'\u0042\u0022\u005c\\\"\/\b\f\t\r"])") ==
        "[\"\xE2\x82\xAC$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\\b\\f\\t\\r\"]");
  CHECK(canonical(R"("\ud83d\ude00\u007f")") == "\"\xF0\x9F\x98\x80\x7F\"");
}

TEST_CASE("numbers are written as ECMAScript does", "[canonical]") {
  const auto [written, wanted] = GENERATE(table<std::string, std::string>({
      {"0", "0"},
      {"-0", "0"},
      {"-0.0", "0"},
      {"1.0", "1"},
      {"1e2", "100"},
      {"15e-1", "1.5"},
      {"4.50", "4.5"},
      {"2e-3", "0.002"},
      {"0.000001", "0.000001"},
      {"0.0000001", "1e-7"},
      {"1.23e-7", "1.23e-7"},
      {"1E30", "1e+30"},
      {"1e21", "1e+21"},
      {"1e20", "1e+20"},  // the deviation: beyond 64 bit with an exponent
      {"123456789012345680000.0", "1.2345678901234568e+20"},
      {"1e19", "10000000000000000000"},
      {"-1e19", "-1e+19"},
      {"-9223372036854775808.9", "-9.223372036854776e+18"},
      {"-9223372036854774784.5", "-9223372036854775000"},
      {"18446744073709551616.0", "1.8446744073709552e+19"},
      {"333333333.33333329", "333333333.3333333"},
      {"0.000000000000000000000000001", "1e-27"},
      {"5e-324", "5e-324"},
      {"1.7976931348623157e308", "1.7976931348623157e+308"},
      {"-1.5", "-1.5"},
      {"9007199254740993", "9007199254740993"},  // the deviation: exact digits
      {"-9223372036854775808", "-9223372036854775808"},
      {"18446744073709551615", "18446744073709551615"},
  }));
  CHECK(canonical(written) == wanted);
}

TEST_CASE("a double written canonically reads back as the same double", "[canonical]") {
  std::mt19937_64 random(storeward::testing::announced_seed("canonical doubles"));
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t bits = random();
    JsonNode node;
    node.kind = JsonKind::real;
    node.real = std::bit_cast<double>(bits);
    if (node.real != node.real || node.real - node.real != 0) continue;
    const std::string text = number_text(node);
    CAPTURE(text);
    REQUIRE(std::strtod(text.c_str(), nullptr) == node.real);
    REQUIRE(canonical(text) == text);
  }
}

TEST_CASE("the canonical form of the canonical form is itself", "[canonical]") {
  const std::string once =
      canonical(R"( { "z" : [ true , null , { "y" : -1.50e1 } ] , "a" : "\u00e9" } )");
  CHECK(once == "{\"a\":\"\xC3\xA9\",\"z\":[true,null,{\"y\":-15}]}");
  CHECK(canonical(once) == once);
}
