#include "agent/base/grouped.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace storeward;

TEST_CASE("numbers for people have thousands separators", "[base]") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(1234567) == "1,234,567");
  CHECK(grouped(std::numeric_limits<std::uint64_t>::max()) == "18,446,744,073,709,551,615");
  CHECK(grouped(std::string("-1234567.5")) == "-1,234,567.5");
  CHECK(grouped(std::string("-123")) == "-123");
}
