// The SQL of a look: the technician's query as a table of its own, read on from a value of its
// cursor column. Pure.
#pragma once

#include <string>
#include <vector>

#include "drivers/sql/cursor_value.h"
#include "drivers/sql/database.h"

namespace storeward::sql {

struct Reading {
  std::string query;   // SELECT …
  std::string cursor;  // a column of it
  CursorKind kind = CursorKind::key;
  std::vector<std::string> group_by;  // columns: rows alike in them are one record
};

// A query as it may stand within another one: without the semicolon that people end one with.
std::string one_statement(std::string query);

// A value of the cursor's column as SQL.
std::string literal(Dialect dialect, CursorKind kind, std::string_view text);

// From this value on, in its order; from the first one where it is empty.
std::string page_statement(Dialect dialect, const Reading& reading, const std::string& from,
                           std::size_t most);

// The largest value there is in the rows of which a condition is true; empty: in all.
std::string newest_statement(Dialect dialect, const Reading& reading,
                             const std::string& condition = {});

}  // namespace storeward::sql
