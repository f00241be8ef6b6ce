#include "drivers/exec/crash_guard.h"

#include <algorithm>
#include <utility>

namespace storeward::exec {

void CrashGuard::begun(std::string_view id) {
  std::erase_if(open_, [](const Open& open) { return open.digest == 0; });
  if (!id.empty()) open_.push_back({.id = std::string(id)});
}

void CrashGuard::handed(std::string_view id, std::uint64_t digest) {
  std::erase_if(open_, [id](const Open& open) { return open.id == id; });
  open_.push_back({.id = std::string(id), .digest = digest | 1});
}

void CrashGuard::settled(std::string_view id) {
  for (Open& open : open_) open.durable |= open.id == id;
}

void CrashGuard::answered(std::string_view id) {
  for (Open& open : open_) open.answered |= open.id == id;
}

void CrashGuard::heard() {
  std::erase_if(open_, [](const Open& open) { return open.answered; });
}

std::vector<CrashGuard::Poison> CrashGuard::died() {
  std::vector<Poison> poison;
  std::vector<Open> suspects;
  for (Open& open : open_) {
    const auto before = std::ranges::find(at_death_, open);
    open.deaths = before == at_death_.end() ? 1 : before->deaths + 1;
    if (open.deaths < deaths) {
      suspects.push_back(std::move(open));
    } else {
      poison.push_back({std::move(open.id), open.durable});
    }
  }
  open_.clear();
  at_death_ = std::move(suspects);
  return poison;
}

}  // namespace storeward::exec
