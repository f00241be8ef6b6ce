// The limit to stand beside: RESTinio and SQLite (WAL, FULL, group commit) with nothing between
// them. No validation, no token, no masking, no streams, no dedup: one insert a request, answered
// after the commit. usage: bench-bare-intake PORT DATABASE
#include <sqlite3.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <restinio/all.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

void must(int code, const char* what) {
  if (code == SQLITE_OK || code == SQLITE_DONE) return;
  std::fprintf(stderr, "%s: %s\n", what, sqlite3_errstr(code));
  std::exit(74);
}

class Writer {
 public:
  Writer(const char* path, asio::io_context& io) : io_(io) {
    must(sqlite3_open(path, &database_), "open");
    must(sqlite3_exec(
             database_,
             "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000;"
             "CREATE TABLE IF NOT EXISTS event(id INTEGER PRIMARY KEY, body BLOB)",
             nullptr, nullptr, nullptr),
         "set up");
    must(sqlite3_prepare_v2(database_, "INSERT INTO event(body) VALUES(?)", -1, &insert_, nullptr),
         "prepare");
    thread_ = std::thread([this] { run(); });
    thread_.detach();  // the process is ended by a signal
  }

  void put(restinio::request_handle_t request) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(request));
    }
    wake_.notify_one();
  }

 private:
  void run() {
    std::vector<restinio::request_handle_t> batch;
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return !waiting_.empty(); });
        batch.swap(waiting_);
      }
      must(sqlite3_exec(database_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), "begin");
      for (const auto& request : batch) {
        const std::string& body = request->body();
        sqlite3_bind_blob(insert_, 1, body.data(), static_cast<int>(body.size()), SQLITE_STATIC);
        must(sqlite3_step(insert_), "insert");
        sqlite3_reset(insert_);
      }
      must(sqlite3_exec(database_, "COMMIT", nullptr, nullptr, nullptr), "commit");
      asio::post(io_, [done = std::exchange(batch, {})] {
        for (const auto& request : done) {
          request->create_response().set_body(R"({"results":[{"status":"stored"}]})").done();
        }
      });
    }
  }

  asio::io_context& io_;
  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<restinio::request_handle_t> waiting_;
  std::thread thread_;
};

struct Traits : restinio::default_single_thread_traits_t {
  using timer_manager_t = restinio::asio_timer_manager_t;
  using logger_t = restinio::null_logger_t;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  asio::io_context io(1);
  Writer writer(argv[2], io);
  restinio::http_server_t<Traits> server(restinio::external_io_context(io),
                                         restinio::server_settings_t<Traits>{}
                                             .address("127.0.0.1")
                                             .port(static_cast<std::uint16_t>(std::atoi(argv[1])))
                                             .request_handler([&writer](auto request) {
                                               writer.put(std::move(request));
                                               return restinio::request_accepted();
                                             }));
  server.open_sync();
  io.run();
}
