#include "agent/runtime/alert_board.h"

#include "agent/base/log.h"

namespace storeward {
namespace {
constexpr Millis tell_interval{10 * 60 * 1000};
}

void AlertBoard::raise(const std::string& kind, const std::string& detail) {
  const auto [entry, is_new] = open_.try_emplace(kind, Open{{kind, clock_.wall(), detail}});
  Open& raised = entry->second;
  raised.alert.detail = detail;
  if (!is_new) return;
  log::warn("alert {}: {}", kind, detail);
  raised.told = may_tell(kind);
  if (raised.told) tell_(raised.alert, true);
}

void AlertBoard::clear(const std::string& kind) {
  const auto entry = open_.find(kind);
  if (entry == open_.end()) return;
  log::info("alert {} is over", kind);
  const Open closed = entry->second;
  open_.erase(entry);
  // Only what was told is taken back; the next raise within the interval stays silent as well.
  if (closed.told) tell_(closed.alert, false);
}

bool AlertBoard::may_tell(const std::string& kind) {
  const Instant now = clock_.now();
  const auto told = told_at_.find(kind);
  if (told != told_at_.end() && now - told->second < tell_interval) return false;
  told_at_[kind] = now;
  return true;
}

std::vector<Alert> AlertBoard::open() const {
  std::vector<Alert> alerts;
  for (const auto& [kind, one] : open_) alerts.push_back(one.alert);
  return alerts;
}

}  // namespace storeward
