#include "agent/core/forwarding/back_off.h"

#include <algorithm>

#include "agent/base/assert.h"

namespace storeward {

BackOff::BackOff(BackOffOptions options, std::size_t broker_count, std::uint64_t seed)
    : options_(options), broker_count_(broker_count), chance_(seed) {
  ASSERT(broker_count > 0);
}

void BackOff::on_up(Instant now) {
  up_since_ = now;
}

Instant BackOff::after_failure(Instant now) {
  if (up_since_ && now - *up_since_ >= options_.stable) {
    failures_ = 0;
    broker_ = 0;  // the list is in order of preference
  } else if (++failures_ > 0) {
    broker_ = (broker_ + 1) % broker_count_;
  }
  up_since_.reset();
  Millis ceiling = options_.spread;
  // A round through the list of brokers counts as one failure.
  const std::size_t rounds = std::min<std::size_t>(failures_ / broker_count_, 8);
  for (std::size_t i = 1; i < rounds; ++i) ceiling *= 2;
  return now + jittered(std::min(ceiling, options_.cap));
}

Millis BackOff::jittered(Millis ceiling) {
  const auto most = static_cast<std::uint64_t>(std::max<Millis::rep>(1, ceiling.count()));
  return Millis{static_cast<Millis::rep>(chance_.up_to(most))};
}

}  // namespace storeward
