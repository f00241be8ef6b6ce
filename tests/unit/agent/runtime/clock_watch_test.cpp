#include "agent/runtime/clock_watch.h"

#include <catch2/catch.hpp>

using namespace storeward;
using namespace std::chrono;

namespace {

const WallTime today = sys_days(year(2026) / November / 23) + hours(9);

struct Machine {
  ClockReading reading{today, minutes(10), false};

  void pass(ClockWatch& watch, Millis time, Millis off = Millis{0}) {
    reading.wall += time + off;
    reading.since_boot += time;
    watch.look(reading);
  }
};

}  // namespace

TEST_CASE("a clock that goes on evenly is not called wrong, asleep or not", "[clock][F15]") {
  ClockWatch watch(today - hours(1));
  Machine machine;
  watch.look(machine.reading);
  machine.pass(watch, Millis{1'000});
  machine.pass(watch, hours(8));
  machine.pass(watch, Millis{1'000}, seconds(30));  // corrected a little
  CHECK_FALSE(watch.wrong());
}

TEST_CASE("F15: a clock that jumps is wrong until it is synchronised", "[clock][F15]") {
  const auto off = GENERATE(Millis(hours(-1)), Millis(hours(24 * 365)), Millis(hours(-24 * 365)));
  ClockWatch watch(today - hours(1));
  Machine machine;
  watch.look(machine.reading);
  machine.pass(watch, Millis{1'000}, off);
  CHECK(watch.wrong());
  CHECK_FALSE(watch.why().empty());
  machine.pass(watch, hours(1));
  CHECK(watch.wrong());
  machine.reading.synchronised = true;
  machine.pass(watch, Millis{1'000});
  CHECK_FALSE(watch.wrong());
  CHECK(watch.why().empty());
}

TEST_CASE("F15: a clock that starts in 1970, or before the newest event, is wrong",
          "[clock][F15]") {
  const WallTime shown = GENERATE(WallTime(hours(1)), today - hours(2));
  ClockWatch watch(shown < today - hours(24) ? WallTime{} : today);
  watch.look({shown, minutes(1), false});
  CHECK(watch.wrong());
}
