// Chance: a small deterministic generator (SplitMix64) for jitter. Pure: the same seed gives the
// same waits, on every machine and with every standard library. Not for secrets.
#pragma once

#include <cstdint>

#include "agent/base/assert.h"

namespace storeward {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
  }

  // 1 to `most`. The bias of the remainder is far below anything a wait could show.
  std::uint64_t up_to(std::uint64_t most) {
    ASSERT(most > 0);
    return 1 + next() % most;
  }

 private:
  std::uint64_t state_;
};

}  // namespace storeward
