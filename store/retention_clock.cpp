#include "store/retention_clock.h"

#include <algorithm>

namespace storeward::store {
namespace {

constexpr std::int64_t most_per_restart_ms = 24 * 3600 * 1000;
constexpr auto save_interval = std::chrono::minutes(10);

}  // namespace

RetentionClock::RetentionClock(Connection& db, const Clock& clock)
    : db_(db), clock_(clock), started_(clock.now()), saved_(started_) {
  const std::int64_t wall = clock.wall().time_since_epoch().count();
  const std::int64_t saved_wall = db.integer("SELECT value FROM meta WHERE name='retention_wall'");
  base_ms_ = db.integer("SELECT value FROM meta WHERE name='retention_ms'");
  if (saved_wall != 0) {
    base_ms_ += std::clamp<std::int64_t>(wall - saved_wall, 0, most_per_restart_ms);
  }
}

std::int64_t RetentionClock::now_ms() const {
  return base_ms_ + (clock_.now() - started_).count();
}

bool RetentionClock::save_due() const {
  return clock_.now() - saved_ >= save_interval;
}

void RetentionClock::save() {
  saved_ = clock_.now();
  Query put(db_, "INSERT OR REPLACE INTO meta(name,value) VALUES(?1,?2)");
  put.run("retention_ms", now_ms());
  put.run("retention_wall", std::int64_t{clock_.wall().time_since_epoch().count()});
}

}  // namespace storeward::store
