#include "agent/runtime/alert_board.h"

#include "agent/base/log.h"

namespace storeward {

void AlertBoard::raise(const std::string& kind, const std::string& detail) {
  const auto [raised, is_new] = open_.try_emplace(kind, Alert{kind, clock_.wall(), detail});
  raised->second.detail = detail;
  if (is_new) log::warn("alert {}: {}", kind, detail);
}

void AlertBoard::clear(const std::string& kind) {
  if (open_.erase(kind) > 0) log::info("alert {} is over", kind);
}

std::vector<Alert> AlertBoard::open() const {
  std::vector<Alert> alerts;
  for (const auto& [kind, alert] : open_) alerts.push_back(alert);
  return alerts;
}

}  // namespace storeward
