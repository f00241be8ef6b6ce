// RetentionClock: the time that retention and the dedup horizon go by. It runs with monotonic time
// and gains at most one day over a restart, so a wall clock that jumps a year prunes and forgets
// nothing. Store thread.
#pragma once

#include "agent/base/clock.h"
#include "store/sqlite.h"

namespace storeward::store {

class RetentionClock {
 public:
  RetentionClock(Connection& db, const Clock& clock);

  std::int64_t now_ms() const;
  bool save_due() const;
  void save();

 private:
  Connection& db_;
  const Clock& clock_;
  std::int64_t base_ms_ = 0;
  Instant started_, saved_;
};

}  // namespace storeward::store
