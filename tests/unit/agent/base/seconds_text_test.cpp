#include "agent/base/seconds_text.h"

#include <catch2/catch.hpp>

using namespace storeward;
using namespace std::chrono_literals;

TEST_CASE("a pause of less than a second is not told as none") {
  CHECK(seconds_text(200ms) == "1 s");
  CHECK(seconds_text(2s) == "2 s");
  CHECK(seconds_text(0ms) == "0 s");
}
