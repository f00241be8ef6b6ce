// The whole job in its shortest form, the yardstick for the agent: RESTinio, SQLite (WAL, FULL,
// group commit), a raw pipelined MQTT publisher with 50 events a message. No TLS, validation,
// masking, dedup, hash chain, streams, confirmation by a hub.
// usage: bench-prototype PORT DATABASE MQTT_PORT
#include "bare_http.h"
#include "bare_store.h"
#include "raw_publisher.h"

namespace {

// Reads what was committed, in order.
class Backlog {
 public:
  explicit Backlog(const char* path)
      : select_(bench::prepare(bench::open_bare(path),
                               "SELECT id, body FROM event WHERE id > ? ORDER BY id LIMIT ?")) {}

  std::uint64_t next_message(std::string& payload) {
    std::uint64_t events = 0;
    sqlite3_bind_int64(select_, 1, taken_);
    sqlite3_bind_int(select_, 2, bench::RawPublisher::events_a_message);
    while (sqlite3_step(select_) == SQLITE_ROW) {
      payload.push_back(events++ == 0 ? '[' : ',');
      payload.append(static_cast<const char*>(sqlite3_column_blob(select_, 1)),
                     static_cast<std::size_t>(sqlite3_column_bytes(select_, 1)));
      const std::int64_t id = sqlite3_column_int64(select_, 0);
      if (taken_ == 0) arrived_ = id - 1;
      taken_ = id;
    }
    sqlite3_reset(select_);
    if (events > 0) payload.push_back(']');
    return events;
  }

  // Ids have no gaps: so many rows later.
  std::int64_t arrived(std::uint64_t events) {
    return arrived_ += static_cast<std::int64_t>(events);
  }

 private:
  sqlite3_stmt* select_;
  std::int64_t taken_ = 0, arrived_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  asio::io_context io(1);
  bench::RawPublisher* to_broker = nullptr;
  bench::BareStore store(argv[2], io, [&to_broker](const bench::BareStore::Requests& stored) {
    for (const auto& request : stored) bench::answer_stored(request);
    to_broker->pump();
  });
  Backlog backlog(argv[2]);
  bench::RawPublisher publisher(
      io, static_cast<std::uint16_t>(std::atoi(argv[3])),
      [&backlog](std::string& payload) { return backlog.next_message(payload); },
      [&](std::uint64_t events) { store.forget_up_to(backlog.arrived(events)); });
  to_broker = &publisher;
  bench::serve(io, static_cast<std::uint16_t>(std::atoi(argv[1])),
               [&store](restinio::request_handle_t request) { store.put(std::move(request)); });
}
