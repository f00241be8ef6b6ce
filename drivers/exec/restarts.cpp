#include "drivers/exec/restarts.h"

#include <algorithm>

namespace storeward::exec {

Millis Restarts::up_to(Millis most) {
  return Millis{static_cast<Millis::rep>(
      chance_.up_to(static_cast<std::uint64_t>(std::max<Millis::rep>(1, most.count()))))};
}

Millis Restarts::after_end(Instant now, bool orderly) {
  if (orderly) {
    ends_ = 0;
    return options_.again;
  }
  if (now - begun_ >= options_.stable) ends_ = 0;
  ends_ = std::min(ends_ + 1, loop_ends);
  if (looping()) return options_.most / 2 + up_to(options_.most / 2);
  return up_to(std::min(options_.most, options_.first * (1 << (ends_ - 1))));
}

}  // namespace storeward::exec
