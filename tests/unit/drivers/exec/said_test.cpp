#include "drivers/exec/said.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "agent/base/ascii.h"

using namespace storeward;
using namespace storeward::exec;

TEST_CASE("wherever what a program says is cut, no part of a card number is shown", "[exec][P4]") {
  for (const std::string& card : {"4111111111111111", "4111 1111 1111 1111",
                                  "4%201%201%201%201%201%201%201%201%201%201%201"
                                  "%201%201%201%201",
                                  "\\u0034\\u0031\\u0031\\u0031\\u0031\\u0031\\u0031\\u0031"
                                  "\\u0031\\u0031\\u0031\\u0031\\u0031\\u0031\\u0031\\u0031"}) {
    for (std::size_t before = 0; before < 700; ++before) {
      const std::string said = std::string(before, 'x') + " " + card + " was refused";
      for (const std::string& given : {said, said.substr(0, 500 + beyond_cut)}) {
        const std::string words = shown(given, 500);
        INFO(before << ": " << words);
        REQUIRE(words.size() <= 500);
        CHECK(words.find('4') == std::string::npos);
        REQUIRE(std::ranges::count_if(words, is_digit) <= 4);
      }
    }
  }
}

TEST_CASE("what masking makes short does not show the place of the cut", "[exec][P4]") {
  // In base64, so that hundreds of bytes become four.
  std::string token = "NDExMTExMTExMTExMTExMSAg";
  while (token.size() < 612) token += "eHh4eHh4";
  CHECK(shown(token + " 4111111111111111", 500).find("4111") == std::string::npos);
}

TEST_CASE("what is short enough is shown whole", "[exec]") {
  CHECK(shown("no till", 500) == "no till");
  CHECK(shown(std::string(500, 'x'), 500) == std::string(500, 'x'));
  CHECK(shown(std::string(5000, 'x'), 500) == std::string(500, 'x'));
  CHECK(shown("a\xC3\xA4", 2) == "a");
  CHECK(shown("", 500).empty());
}
