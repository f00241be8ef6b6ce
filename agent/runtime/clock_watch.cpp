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
  const WallTime earlier = std::max(newest_known_, oldest_possible);
  if (reading.synchronised) {
    wrong_ = false;
    why_.clear();
  } else if (reading.wall + jump < earlier) {
    is_wrong("it shows " + to_rfc3339(reading.wall) + ", and earlier it was " +
             to_rfc3339(earlier));
  } else if (last_ && std::chrono::abs(reading.wall - last_->wall -
                                       (reading.since_boot - last_->since_boot)) > jump) {
    is_wrong("it jumped from " + to_rfc3339(last_->wall) + " to " + to_rfc3339(reading.wall));
  }
  last_ = reading;
}

void ClockWatch::is_wrong(std::string why) {
  if (!wrong_) why_ = std::move(why);
  wrong_ = true;
}

}  // namespace storeward
