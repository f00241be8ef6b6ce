// Position: how far a table has been read, as the agent keeps it for us. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace storeward::sql {

struct Position {
  static constexpr std::string_view key = "position", columns_key = "columns";

  std::string at;        // of the cursor column; empty: nothing has been read
  std::string identity;  // of the database; empty: it has none
};

std::string to_text(const Position& position);
std::optional<Position> read_position(std::string_view text);

// The columns' names as one text, short enough for a cursor; empty where they are too many.
std::string columns_text(const std::vector<std::string>& columns);
// Which of those that were there are not any more, in plain words; empty: none.
std::string why_columns_differ(std::string_view before, const std::vector<std::string>& now);

}  // namespace storeward::sql
