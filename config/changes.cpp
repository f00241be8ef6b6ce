#include "config/changes.h"

#include <algorithm>

#include "config/keys.h"

namespace storeward::config {

std::vector<Change> changes(const Config& before, const Config& after) {
  std::vector<Change> found;
  for (const Key& key : keys()) {
    const TableRule& rule = *find_table(key.table);
    const std::size_t count_before = rule.size(before);
    const std::size_t count_after = rule.size(after);
    for (std::size_t i = 0; i < std::max(count_before, count_after); ++i) {
      const bool in_both = i < count_before && i < count_after;
      if (in_both && current(key, before, i) == current(key, after, i)) continue;
      found.push_back({full_name(key, i), key.reloadable});
    }
  }
  return found;
}

}  // namespace storeward::config
