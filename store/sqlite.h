// The thin wrapper round SQLite; sqlite.cpp is the only file that includes sqlite3.h.
//
// A Connection and its Queries belong to one thread. Every error is thrown as a Failure with the
// kind that SQLite's code stands for. A Query is prepared once and kept; its Rows reset it when
// they go out of scope, so no read transaction outlives the block that reads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "store/failure.h"

struct sqlite3;
struct sqlite3_stmt;
struct sqlite3_backup;

namespace storeward::store {

struct Blob {  // bound as a blob instead of as text
  std::string_view bytes;
};

struct Null {};

// In the SQL of every connection: crc32c(value, …), a checksum over integers, texts and blobs.
class Connection {
 public:
  enum class Mode : std::uint8_t { read_write, read_only, file_alone };

  // vfs: empty for SQLite's own. Read-only connections never checkpoint. file_alone: read-only, as
  // if there were no WAL and nobody else; for files that nobody writes.
  Connection(const std::filesystem::path& file, Mode mode, const std::string& vfs);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void execute(const std::string& sql);
  std::int64_t integer(const std::string& sql);  // the first column of the first row; 0 if none
  std::string text(const std::string& sql);

  int wal_pages() const { return wal_pages_; }  // after the latest commit
  void checkpoint();                            // as much as no reader needs; waits for nobody
  void leave_wal_at_close();                    // the last to close it would empty it
  std::int64_t changes() const;                 // by the latest statement
  bool in_transaction() const;

 private:
  friend class Query;
  friend class Backup;
  [[noreturn]] void fail(int code, std::string_view doing) const;
  static int remember_wal_pages(void* self, sqlite3*, const char*, int pages);

  std::string file_;
  sqlite3* handle_ = nullptr;
  int wal_pages_ = 0;
};

class Query {
 public:
  Query(Connection& connection, std::string_view sql);
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  class Rows {
   public:
    explicit Rows(Query& query) : query_(query) {}
    ~Rows() { query_.reset(); }
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    bool next() { return query_.step(); }
    std::int64_t integer(int column) const;
    std::string_view blob(int column) const;  // valid until next()
    std::string text(int column) const { return std::string(blob(column)); }
    bool is_null(int column) const;

   private:
    friend class Query;
    Query& query_;
  };

  // Bound in order from ?1. Bytes must live until the rows are gone.
  template <typename... Values>
  Rows rows(const Values&... values) {
    int column = 0;
    (bind(++column, values), ...);
    return Rows(*this);
  }

  template <typename... Values>
  void run(const Values&... values) {
    Rows all = rows(values...);
    while (all.next()) {
    }
  }

  // Runs with the columns of `row`, whatever their types.
  void run_with(const Rows& row);

 private:
  void bind(int column, std::int64_t value);
  void bind(int column, std::uint64_t value) { bind(column, static_cast<std::int64_t>(value)); }
  void bind(int column, std::uint32_t value) { bind(column, std::int64_t{value}); }
  void bind(int column, int value) { bind(column, std::int64_t{value}); }
  void bind(int column, std::string_view text);
  void bind(int column, const std::string& text) { bind(column, std::string_view(text)); }
  void bind(int column, const char* text) { bind(column, std::string_view(text)); }
  void bind(int column, Blob blob);
  void bind(int column, Null);
  bool step();
  void reset();

  Connection& connection_;
  sqlite3_stmt* statement_ = nullptr;
};

// Everything that a connection sees, copied page by page into a new file while it goes on writing.
class Backup {
 public:
  Backup(Connection& from, const std::filesystem::path& to);
  ~Backup();
  Backup(const Backup&) = delete;
  Backup& operator=(const Backup&) = delete;

  bool step(int pages);  // true once it is complete

 private:
  Connection to_;
  sqlite3_backup* backup_ = nullptr;
};

// BEGIN IMMEDIATE; rolled back unless commit() was reached.
class Transaction {
 public:
  explicit Transaction(Connection& connection);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Connection& connection_;
  bool open_ = true;
};

}  // namespace storeward::store
