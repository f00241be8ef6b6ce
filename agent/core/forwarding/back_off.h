// BackOff: when to try which broker next. Pure; time and randomness come in.
//
// Full jitter: the wait is uniform between zero and a ceiling that starts at `spread` and doubles
// up to `cap`. The spread is chosen so that a thousand stores which lose their broker in the same
// moment come back at fewer than 50 connections a second (FAULTS F25). Only a connection that stood
// for `stable` starts the ceilings afresh, so a flapping link cannot hammer the broker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "agent/base/chance.h"
#include "agent/base/clock.h"

namespace storeward {

struct BackOffOptions {
  Millis spread{30'000};
  Millis cap{60'000};
  Millis stable{30'000};
};

class BackOff {
 public:
  BackOff(BackOffOptions options, std::size_t broker_count, std::uint64_t seed);

  void on_up(Instant now);
  // The connection failed or was lost: the moment of the next attempt. broker() may have changed.
  Instant after_failure(Instant now);

  // A wait for anything else that is to be tried again, by the same rule.
  Millis jittered(Millis ceiling);

  std::size_t broker() const { return broker_; }

 private:
  BackOffOptions options_;
  std::size_t broker_count_;
  Chance chance_;
  std::size_t broker_ = 0;
  std::uint32_t failures_ = 0;
  std::optional<Instant> up_since_;
};

}  // namespace storeward
