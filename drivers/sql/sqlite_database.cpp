#include "drivers/sql/sqlite_database.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <chrono>

#include "agent/base/ascii.h"
#include "drivers/sql/session.h"

namespace storeward::sql {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int steps_between_looks = 10'000;

// Which file has a name now; none: no file that can be found.
struct FileId {
  dev_t device;
  ino_t inode;
  friend bool operator==(const FileId&, const FileId&) = default;
};

std::optional<FileId> file_at(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  return FileId{found.st_dev, found.st_ino};
}

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

class Sqlite final : public Database {
 public:
  Sqlite(sqlite3* database, const Access& access, std::optional<FileId> file)
      : database_(database), timeout_(access.timeout), path_(access.file), file_(file) {
    sqlite3_busy_timeout(database_, static_cast<int>(timeout_.count()));
    sqlite3_progress_handler(
        database_, steps_between_looks,
        [](void* self) { return static_cast<Sqlite*>(self)->too_late() ? 1 : 0; }, this);
  }
  ~Sqlite() override { sqlite3_close(database_); }

  Dialect dialect() const override { return Dialect::sqlite; }

  // A till that compacts or restores its file writes a new one and gives it the name; what is open
  // is the former, in which nothing happens any more.
  bool is_current() const override { return file_ && file_at(path_) == file_; }

  Answer<Rows> ask(const std::string& text, std::size_t most) override {
    until_ = Steady::now() + timeout_;
    sqlite3_stmt* made = nullptr;
    const int prepared = sqlite3_prepare_v2(database_, text.c_str(), -1, &made, nullptr);
    const std::unique_ptr<sqlite3_stmt, Finalize> statement(made);
    if (prepared != SQLITE_OK) return Unexpected{error(prepared)};
    Rows found;
    for (int i = 0; i < sqlite3_column_count(made); ++i) {
      found.columns.emplace_back(sqlite3_column_name(made, i));
    }
    int step = SQLITE_ROW;
    while (found.rows.size() < most && (step = sqlite3_step(made)) == SQLITE_ROW) {
      found.rows.push_back(row(made));
    }
    if (step != SQLITE_ROW && step != SQLITE_DONE) return Unexpected{error(step)};
    return found;
  }

 private:
  bool too_late() const { return Steady::now() > until_; }

  static Row row(sqlite3_stmt* statement) {
    Row row;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      const int type = sqlite3_column_type(statement, i);
      if (type == SQLITE_NULL) {
        row.emplace_back();
      } else if (type == SQLITE_BLOB) {
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, i));
        std::string hex;
        append_hex(hex, {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement, i))});
        row.emplace_back(std::move(hex));
      } else {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
        row.emplace_back(
            Value(std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, i))),
                  type == SQLITE_FLOAT));
      }
    }
    return row;
  }

  DatabaseError error(int code) const {
    const std::string said = sqlite3_errmsg(database_);
    // Also what a share without locks looks like while the till is writing: nobody's journal.
    if (sqlite3_extended_errcode(database_) == SQLITE_READONLY_ROLLBACK) {
      return {
          "the till's last change of the database file is not finished (its -journal lies "
          "beside it): it was broken off, and the till mends that when it opens the file; or "
          "the file is on a share that is mounted with nobrl or nolock"};
    }
    switch (code & 0xff) {
      case SQLITE_INTERRUPT:
        return {"the query took longer than " + std::to_string(timeout_.count() / 1000) +
                " s and was broken off; has the cursor's column an index?"};
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        return {"the database is locked by another program (" + said + ")"};
      case SQLITE_CANTOPEN:
      case SQLITE_READONLY:
        return {"the database file cannot be opened (" + said +
                "); the agent's user needs the right to read it, and in WAL mode to write in its "
                "directory"};
      case SQLITE_NOTADB:
      case SQLITE_CORRUPT:
        return {"the database file is damaged, or none of SQLite (" + said + ")"};
      default:
        break;
    }
    if (said.starts_with("no such column")) {
      return {std::string(no_such_column) + " (" + said + ")"};
    }
    if (said.starts_with("no such table")) {
      return {"the query names a table that is not there (any more) (" + said + ")"};
    }
    const bool syntax = said.find("syntax error") != std::string::npos;
    return {"the database says: " + said + (syntax ? std::string(query_within) : "")};
  }

  sqlite3* database_;
  const Millis timeout_;
  const std::string path_;
  const std::optional<FileId> file_;
  Steady::time_point until_;
};

}  // namespace

Answer<std::unique_ptr<Database>> open_sqlite(const Access& access) {
  // Before it is opened: if it is replaced in between, the next look only opens it once more.
  const auto file = file_at(access.file);
  sqlite3* database = nullptr;
  const int opened = sqlite3_open_v2(access.file.c_str(), &database,
                                     SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
  if (opened != SQLITE_OK) {
    const std::string said = sqlite3_errmsg(database);
    sqlite3_close(database);
    return Unexpected{
        DatabaseError{"the database file " + access.file + " cannot be opened: " + said}};
  }
  std::unique_ptr<Database> made = std::make_unique<Sqlite>(database, access, file);
  if (auto set = made->ask("PRAGMA query_only = 1", 1); !set) return Unexpected{set.error()};
  return made;
}

}  // namespace storeward::sql
