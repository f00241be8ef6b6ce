// What differs between databases beside the SQL of a page: which one it is, how a session is made
// one that only reads and does not wait for ever, what its errors mean. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "drivers/sql/database.h"

namespace storeward::sql {

Dialect dialect_of(std::string_view dbms_name);  // as ODBC calls it

struct SessionStatement {
  std::string text;
  bool required = true;  // without it nothing is read
};

std::vector<SessionStatement> session_statements(Dialect dialect, Millis timeout);

// Of a time's type, as ODBC names it: its values are moments and no wall clock's, so that a session
// of ours has them in UTC; the ODBC drivers write them without a zone.
bool is_moment(Dialect dialect, std::string_view type_name);

// Gives one value that is another one once the database is another one; empty: there is none.
std::string identity_statement(Dialect dialect);

inline constexpr std::string_view no_such_column =
    "the query names a column that is not there (any more), or `cursor` one that it does not give";
inline constexpr std::string_view query_within =
    "; the query stands within another one: one SELECT, without ORDER BY";

// By SQLSTATE, and by the database's own number where its driver has 42000 for everything: SQL
// Server's.
std::string explain_state(std::string_view state, std::string_view message, Millis timeout,
                          std::int64_t number = 0);

}  // namespace storeward::sql
