// Database: the little that polling needs of one, over SQLite or ODBC. A connection that only
// reads. Blocking; for one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/result.h"

namespace storeward::sql {

enum class Dialect : std::uint8_t { sqlite, postgresql, mariadb, sql_server, other };

struct Value {
  std::string text;       // binary values are in hex
  bool floating = false;  // binary floating point: the last digits may be none of the source's
  Value(const char* of) : text(of) {}
  Value(std::string of, bool is_floating = false) : text(std::move(of)), floating(is_floating) {}
  friend bool operator==(const Value&, const Value&) = default;
};

using Row = std::vector<std::optional<Value>>;  // NULL is none

struct Rows {
  std::vector<std::string> columns;
  std::vector<Row> rows;
};

struct DatabaseError {
  std::string message;   // in plain words, with what the database said
  bool refused = false;  // the statement itself (no right, no such function): not to be asked again
};

template <typename T>
using Answer = Result<T, DatabaseError>;

class Database {
 public:
  virtual ~Database() = default;
  virtual Dialect dialect() const = 0;
  // False: another database may have the name by now; this one is to be opened anew.
  virtual bool is_current() const { return true; }
  // All rows that the statement gives, at most `most`.
  virtual Answer<Rows> ask(const std::string& statement, std::size_t most) = 0;
};

struct Access {
  std::string file;        // SQLite; or
  std::string odbc;        // a connection string, the password apart
  std::string password;    // empty: none
  Millis timeout{30'000};  // of connecting, of a query, of a lock
};

Answer<std::unique_ptr<Database>> open_database(const Access& access);

}  // namespace storeward::sql
