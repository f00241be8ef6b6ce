// ClockWatch: is the machine's wall clock known to be wrong? What is taken in meanwhile is flagged,
// and the technician told; nothing else depends on it: order is by sequence. Pure but for
// read_clocks(). Owned by the io thread.
#pragma once

#include <optional>
#include <string>

#include "agent/base/clock.h"

namespace storeward {

struct ClockReading {
  WallTime wall;
  Millis since_boot{0};       // goes on while the machine sleeps
  bool synchronised = false;  // the kernel says so (adjtimex(2))
};

ClockReading read_clocks();

class ClockWatch {
 public:
  // newest_known: the clock has been there already (the newest event of the outbox).
  explicit ClockWatch(WallTime newest_known) : newest_known_(newest_known) {}

  // To be called about once a second. A synchronised clock is right. One that is not is wrong when
  // it stands before what it showed earlier, or has jumped by more than a minute; it stays wrong
  // until it is synchronised.
  void look(const ClockReading& reading);

  const bool& wrong() const { return wrong_; }
  const std::string& why() const { return why_; }

 private:
  void is_wrong(std::string why);

  WallTime newest_known_;
  std::optional<ClockReading> last_;
  bool wrong_ = false;
  std::string why_;
};

}  // namespace storeward
