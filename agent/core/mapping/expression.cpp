#include "agent/core/mapping/expression.h"

#include <algorithm>

namespace storeward::mapping {

const std::string* Table::find(std::string_view key) const {
  const auto at = std::ranges::lower_bound(
      entries, key, {}, [](const auto& entry) { return std::string_view(entry.first); });
  return at != entries.end() && at->first == key ? &at->second : nullptr;
}

bool Shaping::any() const {
  return !gs1.empty() || !epc.empty() || split_part != 0 || from != 1 || length != 0 ||
         strip_leading != '\0' || digits_only || upper || lower || table != nullptr;
}

}  // namespace storeward::mapping
