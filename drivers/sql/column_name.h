// A column as a configuration spells it and as a database names it: id, "Id", [Id], `Id`, t.id.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace storeward::sql {

bool same_column(std::string_view one, std::string_view other);

// Where it is among the columns that a query gives; none: it is not.
std::optional<std::size_t> find_column(const std::vector<std::string>& columns,
                                       std::string_view wanted);

}  // namespace storeward::sql
