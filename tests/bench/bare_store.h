// SQLite with nothing around it: WAL, FULL, one insert a request, everything that waits in one
// commit. Owns its thread and its connection; what was stored is told on the io thread.
#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <restinio/all.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace bench {

inline void must(int code, const char* what) {
  if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
  std::fprintf(stderr, "%s: %s\n", what, sqlite3_errstr(code));
  std::exit(74);
}

inline sqlite3* open_bare(const char* path) {
  sqlite3* database = nullptr;
  must(sqlite3_open(path, &database), "open");
  sqlite3_busy_timeout(database, 10'000);  // a second connection may hold a lock for a moment
  must(sqlite3_exec(
           database,
           "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000;"
           "CREATE TABLE IF NOT EXISTS event(id INTEGER PRIMARY KEY, body BLOB)",
           nullptr, nullptr, nullptr),
       "set up");
  return database;
}

inline sqlite3_stmt* prepare(sqlite3* database, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  must(sqlite3_prepare_v2(database, sql, -1, &statement, nullptr), sql);
  return statement;
}

class BareStore {
 public:
  using Requests = std::vector<restinio::request_handle_t>;
  using Stored = std::function<void(const Requests&)>;

  BareStore(const char* path, asio::io_context& io, Stored stored)
      : io_(io), stored_(std::move(stored)), database_(open_bare(path)) {
    insert_ = prepare(database_, "INSERT INTO event(id, body) VALUES(?, ?)");
    forget_ = prepare(database_, "DELETE FROM event WHERE id BETWEEN ? AND ?");
    sqlite3_stmt* ends = prepare(database_, "SELECT id FROM event ORDER BY id DESC LIMIT 1");
    if (sqlite3_step(ends) == SQLITE_ROW) newest_ = sqlite3_column_int64(ends, 0);
    sqlite3_finalize(ends);
    std::thread([this] { run(); }).detach();  // the process is ended by a signal
  }

  void put(restinio::request_handle_t request) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(request));
    }
    wake_.notify_one();
  }

  // Rows up to this one are deleted, some with each commit.
  void forget_up_to(std::int64_t id) {
    {
      const std::lock_guard lock(mutex_);
      done_up_to_ = id;
    }
    wake_.notify_one();
  }

 private:
  static constexpr std::int64_t rows_forgotten_a_commit = 5000;

  void run() {
    Requests batch;
    std::int64_t done_up_to = 0;
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return !waiting_.empty() || forgotten_ < done_up_to_; });
        batch.swap(waiting_);
        done_up_to = done_up_to_;
      }
      commit(batch, std::min(done_up_to, forgotten_ + rows_forgotten_a_commit));
      asio::post(io_, [this, done = std::exchange(batch, {})] { stored_(done); });
    }
  }

  void commit(const Requests& batch, std::int64_t forget_up_to) {
    must(sqlite3_exec(database_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), "begin");
    for (const auto& request : batch) {
      const std::string& body = request->body();
      sqlite3_bind_int64(insert_, 1, ++newest_);
      sqlite3_bind_blob(insert_, 2, body.data(), static_cast<int>(body.size()), SQLITE_STATIC);
      must(sqlite3_step(insert_), "insert");
      sqlite3_reset(insert_);
    }
    if (forgotten_ < forget_up_to) {
      sqlite3_bind_int64(forget_, 1, forgotten_ + 1);
      sqlite3_bind_int64(forget_, 2, forget_up_to);
      must(sqlite3_step(forget_), "delete");
      sqlite3_reset(forget_);
      forgotten_ = forget_up_to;
    }
    must(sqlite3_exec(database_, "COMMIT", nullptr, nullptr, nullptr), "commit");
  }

  asio::io_context& io_;
  Stored stored_;
  sqlite3* database_;
  sqlite3_stmt *insert_, *forget_;
  std::mutex mutex_;
  std::condition_variable wake_;
  Requests waiting_;
  std::int64_t done_up_to_ = 0, forgotten_ = 0, newest_ = 0;
};

}  // namespace bench
