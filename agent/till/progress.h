// Tells a person how far the till is: one line that redraws itself on a terminal, a plain line now
// and then elsewhere. Writes to standard error. Owned by one thread.
#pragma once

#include <cstdint>
#include <string>

#include "agent/base/clock.h"

namespace storeward::till {

class Progress {
 public:
  // `total` is 0 where nobody knows how many events there will be.
  Progress(std::uint64_t total, bool terminal) : total_(total), terminal_(terminal) {}

  // Cheap; draws at most ten times a second on a terminal, else every five seconds.
  void update(Instant now, std::uint64_t answered, std::uint64_t retries);

  // The agent does not take events now; part of the line until going_on().
  void waiting(const std::string& reason) { waiting_for_ = reason; }
  void going_on() { waiting_for_.clear(); }

  // Clears the line, so that what is printed next starts on a fresh one.
  void finish();

 private:
  std::string line(Instant now) const;
  void draw(const std::string& text);

  const std::uint64_t total_;
  const bool terminal_;
  Instant started_{};
  Instant drawn_{};
  std::uint64_t answered_ = 0, retries_ = 0;
  std::string waiting_for_;
};

}  // namespace storeward::till
