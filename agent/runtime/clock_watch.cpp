#include "agent/runtime/clock_watch.h"

#include <sys/timex.h>
#include <time.h>

#include <algorithm>

namespace storeward {
namespace {

constexpr Millis jump{60'000};
// The program is younger than that: a clock before it starts without a battery.
constexpr WallTime oldest_possible =
    std::chrono::sys_days(std::chrono::year(2026) / std::chrono::January / 1);

}  // namespace

ClockReading read_clocks() {
  ClockReading reading;
  reading.wall = SystemClock().wall();
  timespec boot{};
  clock_gettime(CLOCK_BOOTTIME, &boot);
  reading.since_boot = Millis(boot.tv_sec * 1000 + boot.tv_nsec / 1'000'000);
  timex question{};  // modes 0: only asks
  const int state = adjtimex(&question);
  reading.synchronised = state != -1 && state != TIME_ERROR;
  return reading;
}

void ClockWatch::look(const ClockReading& reading) {
  const Millis expected = reading.since_boot - last_.since_boot;
  const Millis passed = reading.wall - last_.wall;
  if (reading.synchronised) {
    wrong_ = false;
    why_.clear();
  } else if (reading.wall + jump < std::max(newest_known_, oldest_possible)) {
    is_wrong("it shows " + to_rfc3339(reading.wall) + ", and earlier it was " +
             to_rfc3339(std::max(newest_known_, oldest_possible)));
  } else if (looked_ && std::chrono::abs(passed - expected) > jump) {
    is_wrong("it jumped from " + to_rfc3339(last_.wall) + " to " + to_rfc3339(reading.wall));
  }
  last_ = reading;
  looked_ = true;
}

void ClockWatch::is_wrong(std::string why) {
  if (!wrong_) why_ = std::move(why);
  wrong_ = true;
}

}  // namespace storeward
