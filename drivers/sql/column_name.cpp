#include "drivers/sql/column_name.h"

#include <algorithm>

#include "agent/base/ascii.h"

namespace storeward::sql {
namespace {

std::string bare(std::string_view column) {
  if (const std::size_t dot = column.rfind('.'); dot != std::string_view::npos) {
    column.remove_prefix(dot + 1);
  }
  std::string name;
  for (const char c : column) {
    if (std::string_view("\"[]` ").find(c) != std::string_view::npos) continue;
    name += to_lower(c);
  }
  return name;
}

}  // namespace

bool same_column(std::string_view one, std::string_view other) {
  return bare(one) == bare(other);
}

std::optional<std::size_t> find_column(const std::vector<std::string>& columns,
                                       std::string_view wanted) {
  const auto found = std::ranges::find(columns, bare(wanted), bare);
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

}  // namespace storeward::sql
