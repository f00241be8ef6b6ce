#include "drivers/file_drop/age_clock.h"

#include <catch2/catch.hpp>
#include <chrono>

namespace storeward::file_drop {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

const Instant start{1h};
const WallTime today = std::chrono::sys_days(std::chrono::year(2026) / 11 / 20);

TEST_CASE("a clock that jumps ahead over a restart makes files a day older, not a year") {
  AgeClock before(std::nullopt, start);
  CHECK(before.look(today, start) == today);
  REQUIRE(before.to_keep() == today);
  AgeClock after(before.to_keep(), start);
  CHECK(after.look(today + days(400), start) == today + days(1));
  CHECK(after.look(today + days(400), start + 10h) == today + days(1) + 20h);
  CHECK(after.look(today + 11h, start + 11h) == today + 11h);  // it has been set right
}

TEST_CASE("a clock that jumps ahead while the agent runs deletes nothing early") {
  AgeClock clock(today, start);
  CHECK(clock.look(today, start) == today);
  CHECK(clock.look(today + days(400), start + 1h) <= today + days(1) + 2h);
}

TEST_CASE("restarts within an hour of each other do not add up to more than a day each") {
  std::optional<WallTime> kept = today;
  for (int life = 0; life < 3; ++life) {
    AgeClock clock(kept, start);
    clock.look(today + days(400), start);
    kept = clock.to_keep();
  }
  CHECK(kept == today + days(3));
}

TEST_CASE("after a month of being closed the clock catches up") {
  AgeClock clock(today, start);
  const WallTime opened = today + days(30);
  for (int hour = 0; hour <= 30 * 24; ++hour) {
    clock.look(opened + std::chrono::hours(hour), start + std::chrono::hours(hour));
  }
  CHECK(clock.to_keep() == opened + days(30));
}

TEST_CASE("a clock that was set back for a while is caught up with at once") {
  AgeClock clock(today, start);
  CHECK(clock.look(today - days(300), start) == today - days(300));
  CHECK(clock.to_keep() == today);
  CHECK(clock.look(today + 1h, start + 1h) == today + 1h);
}

TEST_CASE("a new installation waits for a clock that was set") {
  AgeClock clock(std::nullopt, start);
  clock.look(WallTime{} + 5s, start);
  CHECK_FALSE(clock.to_keep());
  CHECK(clock.look(today, start + 1h) == today);
  CHECK(clock.to_keep() == today);
  AgeClock corrected(std::nullopt, start);
  corrected.look(today - days(300), start);
  CHECK(corrected.look(today, start + 1h) == today);
  CHECK(corrected.look(today + days(300), start + 2h) < today + days(2));
}

}  // namespace
}  // namespace storeward::file_drop
