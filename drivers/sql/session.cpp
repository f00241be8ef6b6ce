#include "drivers/sql/session.h"

namespace storeward::sql {
namespace {

std::string_view state_of_number(std::string_view state, std::int64_t number) {
  switch (number) {
    case 4060:   // no such database, or none for this user
    case 18456:  // also where the password has expired
      return "28000";
    case 1222:
      return "55P03";
    case 229:
    case 230:
      return "42501";
    default:
      return state;
  }
}

}  // namespace

Dialect dialect_of(std::string_view dbms_name) {
  if (dbms_name.starts_with("PostgreSQL")) return Dialect::postgresql;
  if (dbms_name.starts_with("MariaDB") || dbms_name.starts_with("MySQL")) return Dialect::mariadb;
  if (dbms_name.starts_with("Microsoft SQL Server")) return Dialect::sql_server;
  return Dialect::other;
}

std::vector<SessionStatement> session_statements(Dialect dialect, Millis timeout) {
  const std::string millis = std::to_string(timeout.count());
  const std::string seconds = std::to_string(timeout.count() / 1000);
  switch (dialect) {
    case Dialect::postgresql:
      return {{"SET default_transaction_read_only = on"},
              {"SET statement_timeout = " + millis},
              {"SET lock_timeout = " + millis},
              {"SET TimeZone = 'UTC'"},
              {"SET DateStyle = 'ISO'"}};
    case Dialect::mariadb:  // MySQL has no max_statement_time
      return {{"SET SESSION TRANSACTION READ ONLY"},
              {"SET SESSION lock_wait_timeout = " + seconds},
              {"SET SESSION time_zone = '+00:00'"},
              {"SET SESSION max_statement_time = " + seconds, false}};
    case Dialect::sql_server:
      // The language of a login decides how a datetime is read: to a German one 2026-05-11 is the
      // 5th of November.
      return {{"SET LOCK_TIMEOUT " + millis}, {"SET DATEFORMAT ymd"}};
    default:
      return {};
  }
}

bool is_moment(Dialect dialect, std::string_view type_name) {
  if (dialect == Dialect::postgresql) return type_name == "timestamptz";
  return dialect == Dialect::mariadb && type_name == "timestamp";
}

std::string identity_statement(Dialect dialect) {
  if (dialect != Dialect::postgresql) return {};
  return "SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || "
         "(SELECT oid FROM pg_database WHERE datname = current_database())::text";
}

std::string explain_state(std::string_view state, std::string_view message, Millis timeout,
                          std::int64_t number) {
  std::string words(message);
  if (message.find("[SQL Server]") != std::string_view::npos && number != 0) {
    state = state_of_number(state, number);
    words += ", error " + std::to_string(number);
  }
  const std::string said = " (" + words + ")";
  // MariaDB's driver has a general state for it now and then.
  const bool statement_time = message.find("max_statement_time exceeded") != std::string_view::npos;
  if (state == "57014" || state == "70100" || state == "HYT00" || statement_time) {
    return "the query took longer than " + std::to_string(timeout.count() / 1000) +
           " s and was broken off; has the cursor's column an index?" + said;
  }
  if (state == "55P03") return "a table is locked by another program" + said;
  if (state.starts_with("08") || state.starts_with("57P")) {
    return "the database does not answer" + said;
  }
  if (state.starts_with("28")) return "the database refuses the user or the password" + said;
  if (state == "42501") return "the user has no right to read it: GRANT SELECT" + said;
  if (state == "42S22" || state == "42703") {
    return std::string(no_such_column) + said;
  }
  if (state == "42S02" || state == "42P01") {
    return "the query names a table that is not there (any more)" + said;
  }
  if (state == "42601" || state == "37000" || words.find("syntax") != std::string::npos) {
    return "the database says: " + words + std::string(query_within);
  }
  if (state.starts_with("IM")) return "there is no such ODBC driver or data source" + said;
  return "the database says: " + words;
}

}  // namespace storeward::sql
