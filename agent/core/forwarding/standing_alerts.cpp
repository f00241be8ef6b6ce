#include "agent/core/forwarding/standing_alerts.h"

#include <utility>

namespace storeward {

void StandingAlerts::raise(AlertKind kind, const std::string& subject, const std::string& detail) {
  std::string& known = standing_[kind][subject];
  if (known == detail) return;
  known = detail;
  changes_.push_back({kind, true, subject.empty() ? detail : subject + ": " + detail});
}

void StandingAlerts::clear(AlertKind kind, const std::string& subject) {
  const auto at = standing_.find(kind);
  if (at == standing_.end() || at->second.erase(subject) == 0 || !at->second.empty()) return;
  standing_.erase(at);
  changes_.push_back({kind, false, {}});
}

std::vector<AlertChange> StandingAlerts::take_changes() {
  return std::exchange(changes_, {});
}

}  // namespace storeward
