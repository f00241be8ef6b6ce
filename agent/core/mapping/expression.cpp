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

bool is_of_record(const Expression& expression) {
  const auto is = [](const auto& one) { return is_of_record(one); };
  for (const auto* const beside : {&expression.currency, &expression.unit, &expression.zone_name}) {
    if (*beside && !is_of_record(**beside)) return false;
  }
  switch (expression.origin) {
    case Origin::index:
      return false;
    case Origin::path:
    case Origin::name:
    case Origin::sum:
    case Origin::count:
    case Origin::list:
      return expression.path.begins_at_root();  // what it asks of these nodes it asks from there
    default:
      return std::ranges::all_of(expression.parts, is) &&
             std::ranges::all_of(expression.conditions, is);
  }
}

bool is_of_record(const Condition& condition) {
  if (condition.named != nullptr) return condition.named->of_record;
  if (condition.test == Test::all || condition.test == Test::any) {
    return std::ranges::all_of(condition.parts, [](const auto& one) { return is_of_record(one); });
  }
  return is_of_record(condition.subject);
}

}  // namespace storeward::mapping
