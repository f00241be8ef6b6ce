// Refusals: what the store last said to one driver, for its status. A driver whose deliveries are
// refused, because the outbox runs out of space for their kind, is told so one by one, and would
// look well from outside. io thread.
#pragma once

#include <memory>
#include <string>

#include "agent/base/clock.h"
#include "agent/core/submit.h"

namespace storeward {

class Refusals {
 public:
  // A source that is told to come again does so within this time, or has given up.
  static constexpr auto shown_for = std::chrono::seconds(90);

  explicit Refusals(const Clock& clock) : clock_(clock) {}

  // Why the last delivery was not taken; empty: it was, or that is long ago.
  std::string why() const;

  void note(const SubmitResult& result);

 private:
  const Clock& clock_;
  std::string why_;
  Instant at_{};
};

// Callable from where `submit` is.
Submit with_refusals_noted(Submit submit, std::shared_ptr<Refusals> refusals);

}  // namespace storeward
