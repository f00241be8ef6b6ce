// Time, and the seam through which it enters. Order never depends on wall-clock time (only on
// sequence); durations and deadlines use the monotonic Instant.
#pragma once

#include <chrono>
#include <string>

namespace storeward {

using Millis = std::chrono::milliseconds;
using Instant = std::chrono::time_point<std::chrono::steady_clock, Millis>;   // monotonic
using WallTime = std::chrono::time_point<std::chrono::system_clock, Millis>;  // UTC, may jump

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  virtual WallTime wall() const = 0;
};

// The machine's clocks.
class SystemClock final : public Clock {
 public:
  Instant now() const override;
  WallTime wall() const override;
};

// RFC 3339 in UTC with milliseconds, always 24 characters: 2026-11-20T09:15:02.120Z.
// Years outside 0000..9999 are clamped so that the width never changes.
std::string to_rfc3339(WallTime time);

}  // namespace storeward
