// SqliteStatement: one prepared statement of the hub's SQLite store. Used by the store's one
// thread. Private to the store: whatever fails is thrown as StoreFailure and stops in
// sqlite_store.cpp.
//
// Use: bind(…), then step() until it is false, or run(). A statement that was left in the middle
// holds its read lock until it is bound again.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/base/sha256.h"

namespace storeward::hub {

struct StoreFailure {
  std::string message;
  bool busy = false;  // another program has the file locked
};

struct SqliteClose {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

// One prepared statement, kept for the life of the connection; use: bind(…), then step().
class SqliteStatement {
 public:
  SqliteStatement(sqlite3* db, const char* sql) : db_(db) {
    sqlite3_stmt* prepared = nullptr;
    check(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &prepared, nullptr));
    statement_.reset(prepared);
  }

  template <typename... Values>
  SqliteStatement& bind(const Values&... values) {
    sqlite3_reset(statement_.get());  // its code is that of the last step, already reported
    [[maybe_unused]] int at = 0;
    (bind_one(++at, values), ...);
    return *this;
  }

  bool step() {
    const int code = sqlite3_step(statement_.get());
    if (code != SQLITE_ROW && code != SQLITE_DONE) fail_with(code);
    if (code == SQLITE_DONE) sqlite3_reset(statement_.get());
    return code == SQLITE_ROW;
  }

  void run() {
    while (step()) {
    }
  }

  std::int64_t number(int column) { return sqlite3_column_int64(statement_.get(), column); }
  bool null(int column) { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }
  std::string text(int column) {
    const void* bytes = sqlite3_column_blob(statement_.get(), column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
    return bytes ? std::string(static_cast<const char*>(bytes), size) : std::string();
  }

 private:
  void bind_one(int at, std::int64_t value) {
    check(sqlite3_bind_int64(statement_.get(), at, value));
  }
  void bind_one(int at, std::uint64_t value) { bind_one(at, static_cast<std::int64_t>(value)); }
  void bind_one(int at, int value) { bind_one(at, std::int64_t{value}); }
  void bind_one(int at, std::string_view text) {
    check(sqlite3_bind_text64(statement_.get(), at, text.data(), text.size(), SQLITE_TRANSIENT,
                              SQLITE_UTF8));
  }
  // The bytes stay the caller's until the statement is bound again: it runs before they go away.
  void bind_one(int at, std::span<const char> bytes) {
    check(sqlite3_bind_blob64(statement_.get(), at, bytes.data(), bytes.size(), SQLITE_STATIC));
  }
  void bind_one(int at, const std::optional<Sha256>& hash) {
    check(hash ? sqlite3_bind_blob(statement_.get(), at, hash->data(),
                                   static_cast<int>(hash->size()), SQLITE_TRANSIENT)
               : sqlite3_bind_null(statement_.get(), at));
  }

  void check(int code) {
    if (code != SQLITE_OK) fail_with(code);
  }
  [[noreturn]] void fail_with(int code) {
    throw StoreFailure{
        std::string(sqlite3_errmsg(db_)) + " (SQLite code " + std::to_string(code) + ")",
        code == SQLITE_BUSY};
  }

  sqlite3* db_;
  std::unique_ptr<sqlite3_stmt, SqliteClose> statement_;
};

}  // namespace storeward::hub
