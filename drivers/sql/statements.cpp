#include "drivers/sql/statements.h"

#include "drivers/sql/column_name.h"

namespace storeward::sql {
namespace {

std::string limited(Dialect dialect, const std::string& what, const std::string& rest,
                    std::size_t most) {
  const std::string number = std::to_string(most);
  switch (dialect) {
    case Dialect::sql_server:
      return "SELECT TOP (" + number + ") " + what + rest;
    case Dialect::other:
      return "SELECT " + what + rest + " FETCH FIRST " + number + " ROWS ONLY";
    default:
      return "SELECT " + what + rest + " LIMIT " + number;
  }
}

std::string source(const Reading& reading) {
  return " FROM (" + reading.query + ") AS storeward_rows";
}

}  // namespace

std::string one_statement(std::string query) {
  query.resize(query.find_last_not_of("; \t\r\n") + 1);
  return query;
}

// MariaDB and MySQL know no zone in a literal, and need none: their sessions are in UTC.
std::string literal(Dialect dialect, CursorKind kind, std::string_view text) {
  const bool with_zone = kind == CursorKind::time && text.ends_with('Z');
  if (dialect == Dialect::mariadb && with_zone) text.remove_suffix(1);
  return literal(kind, text);
}

std::string page_statement(Dialect dialect, const Reading& reading, const std::string& from,
                           std::size_t most) {
  std::string rest = source(reading);
  rest += " WHERE " + reading.cursor +
          (from.empty() ? " IS NOT NULL" : " >= " + literal(dialect, reading.kind, from));
  rest += " ORDER BY " + reading.cursor;
  for (const std::string& column : reading.group_by) {
    // SQL Server refuses an order that names a column twice.
    if (!same_column(column, reading.cursor)) rest += ", " + column;
  }
  return limited(dialect, "*", rest, most);
}

std::string newest_statement(Dialect dialect, const Reading& reading,
                             const std::string& condition) {
  std::string rest = source(reading) + " WHERE " + reading.cursor + " IS NOT NULL";
  if (!condition.empty()) rest += " AND " + condition;
  return limited(dialect, reading.cursor, rest + " ORDER BY " + reading.cursor + " DESC", 1);
}

}  // namespace storeward::sql
