#include "agent/runtime/driver_journal.h"

#include <algorithm>

namespace storeward {
namespace {

std::string without_numbers(std::string text) {
  std::erase_if(text, [](char c) { return c >= '0' && c <= '9'; });
  return text;
}

}  // namespace

std::optional<DriverJournal::Entry> DriverJournal::look(const DriverStatus& driver) {
  if (driver.state == DriverState::failing) {
    std::string reason = without_numbers(driver.detail);
    const auto [known, is_new] = failing_.try_emplace(driver.name, reason);
    if (!is_new && known->second == reason) return std::nullopt;
    known->second = std::move(reason);
    return Entry{true, "driver " + driver.name + ": failing: " + driver.detail};
  }
  // One that is held back or stopped meanwhile has not been seen to work.
  if (driver.state != DriverState::ok || failing_.erase(driver.name) == 0) return std::nullopt;
  return Entry{false, "driver " + driver.name + ": ok again"};
}

}  // namespace storeward
