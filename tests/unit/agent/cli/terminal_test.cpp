#include "agent/cli/terminal.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace storeward::cli;

TEST_CASE("numbers for people have thousands separators", "[cli]") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(1234567) == "1,234,567");
  CHECK(grouped(std::numeric_limits<std::uint64_t>::max()) == "18,446,744,073,709,551,615");
}

TEST_CASE("no control character of somebody else's reaches the terminal", "[cli]") {
  CHECK(printable("a\x1b[2Jb\nc\x7f\u009bd") == "a?[2Jb?c??d");
  CHECK(printable_lines("a\nb\rc\x1b") == "a\nb?c?");
  CHECK(printable("Käse £ 2") == "Käse £ 2");
}
