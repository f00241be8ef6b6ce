// Position: how far a table has been read, and by which column, as the agent keeps it for us. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/sql/statements.h"

namespace storeward::sql {

struct Position {
  static constexpr std::string_view key = "position", columns_key = "columns";

  std::string at;        // of the cursor column; empty: nothing has been read
  std::string identity;  // of the database; empty: it has none
  std::string column;    // the cursor, as it was spelled; empty: the version before did not say
  CursorKind kind = CursorKind::key;  // of it
};

std::string to_text(const Position& position);
std::optional<Position> read_position(std::string_view text);

// Whether the reading can go on from it: it was made with this cursor, or does not say with which
// and can have been.
bool is_of(const Position& position, const Reading& reading);

// Where a position is of another cursor and names its column. The largest value of this reading's
// cursor in the rows that were read up to it; the reading of those that were not.
std::string last_read_statement(Dialect dialect, const Reading& reading, const Position& position);
Reading unread(Dialect dialect, Reading reading, const Position& position);

// The columns' names as one text, short enough for a cursor; empty where they are too many.
std::string columns_text(const std::vector<std::string>& columns);
// Which of those that were there are not any more, in plain words; empty: none.
std::string why_columns_differ(std::string_view before, const std::vector<std::string>& now);

}  // namespace storeward::sql
