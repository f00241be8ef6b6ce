// Breaker: how long a database or broker that fails is left alone. Pure; randomness comes in.
//
// Waits grow from one failure to the next, with full jitter above a floor, up to `most`: what is
// down or overloaded is not made worse by us. One success closes it.
#pragma once

#include <algorithm>

#include "agent/base/chance.h"
#include "agent/base/clock.h"

namespace storeward::source {

class Breaker {
 public:
  static constexpr Millis first{2'000}, most{120'000};

  explicit Breaker(std::uint64_t seed) : chance_(seed) {}

  Millis after_failure() {
    const Millis ceiling = std::min(most, first * (1 << std::min(failures_, 10)));
    ++failures_;
    const auto half = static_cast<std::uint64_t>(ceiling.count() / 2);
    return Millis{static_cast<Millis::rep>(half + chance_.up_to(half))};
  }
  void success() { failures_ = 0; }
  int failures() const { return failures_; }

 private:
  Chance chance_;
  int failures_ = 0;
};

}  // namespace storeward::source
