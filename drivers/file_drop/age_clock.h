// AgeClock: the time by which what lies in done/ and failed/ grows old. The files have the time of
// a wall clock, and that may jump (a dead battery, before NTP): so this one follows the wall clock,
// but gains at most one day over a restart and runs at most twice as fast as monotonic time. A jump
// ahead deletes nothing early; a site that was closed for a month keeps its copies the longer until
// the clock has caught up. Pure; owned by the driver's thread.
#pragma once

#include <optional>

#include "agent/base/clock.h"

namespace storeward::file_drop {

class AgeClock {
 public:
  // `kept`: what to_keep() was in an earlier life.
  AgeClock(std::optional<WallTime> kept, Instant started);

  // Never later than the wall clock.
  WallTime look(WallTime wall, Instant now);

  // To be kept over a restart; goes back in the first life only. None: no wall clock has been seen
  // yet that was set.
  std::optional<WallTime> to_keep() const { return kept_; }

 private:
  bool is_new(WallTime wall, Instant now) const;

  std::optional<WallTime> kept_;
  WallTime base_{};
  Instant base_at_;
  Instant started_;
  bool first_life_;
};

}  // namespace storeward::file_drop
