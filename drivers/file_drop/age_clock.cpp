#include "drivers/file_drop/age_clock.h"

#include <algorithm>

namespace storeward::file_drop {
namespace {

using namespace std::chrono_literals;

constexpr auto most_per_restart = std::chrono::days(1);
constexpr int fastest = 2;
// A clock before this has not been set: it starts in 1970, or where the firmware was made.
constexpr WallTime earliest = std::chrono::sys_days(std::chrono::year(2025) / 1 / 1);
// Of a new installation: time for NTP. There is nothing yet that could be deleted early.
constexpr auto finding_the_time = 90min;

}  // namespace

AgeClock::AgeClock(std::optional<WallTime> kept, Instant started)
    : kept_(kept), base_at_(started), started_(started), first_life_(!kept) {
  if (kept) base_ = *kept + most_per_restart;
}

bool AgeClock::is_new(WallTime wall, Instant now) const {
  return first_life_ && (!kept_ || wall < earliest || now - started_ < finding_the_time);
}

WallTime AgeClock::look(WallTime wall, Instant now) {
  if (is_new(wall, now)) {
    if (wall < earliest) return wall;
    base_ = wall;
    base_at_ = now;
    kept_ = wall;
    return wall;
  }
  const WallTime time = std::min(wall, base_ + fastest * (now - base_at_));
  kept_ = std::max(*kept_, time);
  return time;
}

}  // namespace storeward::file_drop
