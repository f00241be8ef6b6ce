#include "store/sqlite.h"

#include <sqlite3.h>

#include <cerrno>

#include "store/crc32c.h"

namespace storeward::store {
namespace {

constexpr int busy_timeout_ms = 5000;

// Each value with its size before it, so that no two rows are the same bytes.
void crc32c_of_values(sqlite3_context* context, int count, sqlite3_value** values) {
  Crc32c crc;
  for (int i = 0; i < count; ++i) {
    if (sqlite3_value_type(values[i]) == SQLITE_INTEGER) {
      crc.add(static_cast<std::uint64_t>(sqlite3_value_int64(values[i])));
      continue;
    }
    const void* bytes = sqlite3_value_blob(values[i]);
    const auto size = static_cast<std::size_t>(sqlite3_value_bytes(values[i]));
    crc.add(size).add({static_cast<const char*>(bytes), size});
  }
  sqlite3_result_int64(context, crc.value());
}

// Of an I/O error or of a file that cannot be opened: what the system said about it.
StoreFailure kind_of_system_error(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return StoreFailure::full;
    case EROFS:
    case EACCES:
    case EPERM:
      return StoreFailure::read_only;
    default:
      return StoreFailure::io;
  }
}

StoreFailure kind_of(int code, int system_error) {
  if (code == SQLITE_IOERR_SHORT_READ) return StoreFailure::corrupt;  // the file has been cut
  switch (code & 0xff) {
    case SQLITE_FULL:
      return StoreFailure::full;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return StoreFailure::read_only;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return StoreFailure::locked;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT:  // our own rows contradict each other
    case SQLITE_ERROR:       // a table that is not there
      return StoreFailure::corrupt;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return kind_of_system_error(system_error);
    default:
      return StoreFailure::io;
  }
}

// SQLite's own memory of it is gone by the end of a commit that it had to roll back; the files'
// is not.
int error_of_files(sqlite3* handle) {
  int error = 0;
  sqlite3_file_control(handle, nullptr, SQLITE_FCNTL_LAST_ERRNO, &error);
  sqlite3_file* wal = nullptr;
  if (error == 0) sqlite3_file_control(handle, nullptr, SQLITE_FCNTL_JOURNAL_POINTER, &wal);
  if (wal && wal->pMethods) wal->pMethods->xFileControl(wal, SQLITE_FCNTL_LAST_ERRNO, &error);
  return error;
}

std::string_view next_step(StoreFailure kind) {
  switch (kind) {
    case StoreFailure::full:
      return "free space on this disk or raise store.max_bytes";
    case StoreFailure::read_only:
      return "make the directory writable for the agent's user";
    case StoreFailure::locked:
      return "stop the other program that has the file open";
    case StoreFailure::corrupt:
      return "keep the file, do not delete it";
    default:
      return "check the disk (dmesg, smartctl), then restart";
  }
}

// https://www.sqlite.org/uri.html
std::string immutable_uri(const std::string& file) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string uri = "file:";
  for (const char byte : file) {
    if (byte != '%' && byte != '?' && byte != '#') {
      uri += byte;
      continue;
    }
    const auto code = static_cast<unsigned char>(byte);
    uri.append({'%', digits[code >> 4], digits[code & 15]});
  }
  return uri + "?immutable=1";
}

}  // namespace

Connection::Connection(const std::filesystem::path& file, Mode mode, const std::string& vfs)
    : file_(file.string()) {
  const int flags = (mode == Mode::read_write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                              : SQLITE_OPEN_READONLY) |
                    (mode == Mode::file_alone ? SQLITE_OPEN_URI : 0) | SQLITE_OPEN_NOMUTEX |
                    SQLITE_OPEN_EXRESCODE;
  const std::string name = mode == Mode::file_alone ? immutable_uri(file_) : file_;
  const int code =
      sqlite3_open_v2(name.c_str(), &handle_, flags, vfs.empty() ? nullptr : vfs.c_str());
  try {
    if (code != SQLITE_OK) fail(code, "open");
    sqlite3_busy_timeout(handle_, busy_timeout_ms);
    sqlite3_wal_autocheckpoint(handle_, 0);  // upkeep does it; this also resets the hook
    sqlite3_wal_hook(handle_, &Connection::remember_wal_pages, this);
    const int made = sqlite3_create_function_v2(
        handle_, "crc32c", -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, nullptr,
        crc32c_of_values, nullptr, nullptr, nullptr);
    if (made != SQLITE_OK) fail(made, "crc32c");
    if (mode == Mode::read_only) {
      sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    }
  } catch (const Failure&) {
    sqlite3_close_v2(handle_);
    throw;
  }
}

Connection::~Connection() {
  sqlite3_close_v2(handle_);
}

int Connection::remember_wal_pages(void* self, sqlite3*, const char*, int pages) {
  static_cast<Connection*>(self)->wal_pages_ = pages;
  return SQLITE_OK;
}

void Connection::fail(int code, std::string_view doing) const {
  std::string message = file_ + ": " + std::string(doing) + ": " +
                        (handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(code)) + " (SQLite " +
                        std::to_string(code) + ")";
  StoreFailure kind = kind_of(code, handle_ ? sqlite3_system_errno(handle_) : 0);
  if (kind == StoreFailure::io && handle_ && (code & 0xff) == SQLITE_IOERR) {
    kind = kind_of_system_error(error_of_files(handle_));
  }
  message += "; " + std::string(next_step(kind));
  throw Failure(kind, std::move(message));
}

void Connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code, std::string_view(sql).substr(0, 60));
}

std::int64_t Connection::integer(const std::string& sql) {
  Query query(*this, sql);
  Query::Rows rows = query.rows();
  return rows.next() ? rows.integer(0) : 0;
}

std::string Connection::text(const std::string& sql) {
  Query query(*this, sql);
  Query::Rows rows = query.rows();
  return rows.next() ? rows.text(0) : std::string();
}

void Connection::checkpoint() {
  int log = 0;
  int done = 0;
  const int code =
      sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_PASSIVE, &log, &done);
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) fail(code, "checkpoint");
  if (log == done) wal_pages_ = 0;  // the next commit starts the file again
}

void Connection::leave_wal_at_close() {
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

std::int64_t Connection::changes() const {
  return sqlite3_changes64(handle_);
}

bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

Query::Query(Connection& connection, std::string_view sql) : connection_(connection) {
  const int code = sqlite3_prepare_v3(connection.handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
  if (code != SQLITE_OK) connection.fail(code, sql.substr(0, 60));
}

Query::~Query() {
  sqlite3_finalize(statement_);
}

void Query::bind(int column, std::int64_t value) {
  const int code = sqlite3_bind_int64(statement_, column, value);
  if (code != SQLITE_OK) connection_.fail(code, sqlite3_sql(statement_));
}

void Query::bind(int column, std::string_view text) {
  const int code = sqlite3_bind_text64(statement_, column, text.data() ? text.data() : "",
                                       text.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (code != SQLITE_OK) connection_.fail(code, sqlite3_sql(statement_));
}

void Query::bind(int column, Blob blob) {
  const int code =
      sqlite3_bind_blob64(statement_, column, blob.bytes.data() ? blob.bytes.data() : "",
                          blob.bytes.size(), SQLITE_STATIC);
  if (code != SQLITE_OK) connection_.fail(code, sqlite3_sql(statement_));
}

void Query::bind(int column, Null) {
  const int code = sqlite3_bind_null(statement_, column);
  if (code != SQLITE_OK) connection_.fail(code, sqlite3_sql(statement_));
}

bool Query::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) {
    connection_.fail(code, std::string_view(sqlite3_sql(statement_)).substr(0, 60));
  }
  return false;
}

void Query::reset() {
  sqlite3_reset(statement_);  // repeats the error of step(), which has been thrown already
}

std::int64_t Query::Rows::integer(int column) const {
  return sqlite3_column_int64(query_.statement_, column);
}

std::string_view Query::Rows::blob(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(query_.statement_, column));
  return {bytes ? bytes : "",
          static_cast<std::size_t>(sqlite3_column_bytes(query_.statement_, column))};
}

void Query::run_with(const Rows& row) {
  sqlite3_stmt* source = row.query_.statement_;
  for (int column = 0; column < sqlite3_column_count(source); ++column) {
    sqlite3_bind_value(statement_, column + 1, sqlite3_column_value(source, column));
  }
  Rows all(*this);
  while (all.next()) {
  }
}

bool Query::Rows::is_null(int column) const {
  return sqlite3_column_type(query_.statement_, column) == SQLITE_NULL;
}

Backup::Backup(Connection& from, const std::filesystem::path& to)
    : to_(to, Connection::Mode::read_write, {}) {
  to_.execute("PRAGMA journal_mode=OFF");  // one that does not come to its end is thrown away
  backup_ = sqlite3_backup_init(to_.handle_, "main", from.handle_, "main");
  if (!backup_) to_.fail(sqlite3_extended_errcode(to_.handle_), "copy");
}

Backup::~Backup() {
  sqlite3_backup_finish(backup_);
}

bool Backup::step(int pages) {
  const int code = sqlite3_backup_step(backup_, pages);
  if (code == SQLITE_DONE) return true;
  if (code != SQLITE_OK) to_.fail(code, "copy");
  return false;
}

Transaction::Transaction(Connection& connection) : connection_(connection) {
  connection_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (!open_ || !connection_.in_transaction()) return;  // a full disk rolls back by itself
  try {
    connection_.execute("ROLLBACK");
  } catch (const Failure&) {
    // The failure that brought us here is the one to report; the connection is not used again.
  }
}

void Transaction::commit() {
  connection_.execute("COMMIT");
  open_ = false;
}

}  // namespace storeward::store
