#include "agent/base/padded_number.h"

#include <catch2/catch.hpp>
#include <cstdio>

#include "agent/base/clock.h"

using namespace storeward;

TEST_CASE("a padded number is what printf makes of it", "[base]") {
  for (const int value : {0, 1, 7, 10, 99, 100, 2026, 9999, 10'000, -1, -42, 2'147'483'647}) {
    for (const int width : {0, 1, 2, 3, 4, 12}) {
      char printed[16];
      std::snprintf(printed, sizeof printed, "%0*d", width, value);
      std::string text = "T";
      append_padded(text, value, static_cast<std::size_t>(width));
      CHECK(text == std::string("T") + printed);
    }
  }
  CHECK(to_rfc3339(WallTime(Millis{1'790'000'000'007})) == "2026-09-21T14:13:20.007Z");
}
