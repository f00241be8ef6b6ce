// Plain rows or runs? Stores the same events in both ways and prints rate and bytes written per
// event (docs/decisions/0010-rows-are-runs.md). Then: how fast an outbox with that backlog opens.
//
//   bench-rows-or-runs DIRECTORY [EVENTS]
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "agent/base/sha256.h"
#include "agent/core/event_layout.h"
#include "store/outbox.h"
#include "store/sqlite.h"

using namespace storeward;
using namespace storeward::store;

namespace {

using Seconds = std::chrono::duration<double>;

std::uint64_t bytes_written() {
  std::ifstream io("/proc/self/io");
  for (std::string word; io >> word;) {
    if (word == "write_bytes:") {
      std::uint64_t bytes = 0;
      io >> bytes;
      return bytes;
    }
  }
  return 0;
}

Event make_event(std::mt19937_64& random, std::uint64_t number) {
  Event event;
  event.identity = {"till-1", "till-1-" + std::to_string(number), "1"};
  event.digests = {random(), random()};
  event.type = "retail.sale.completed.v1";
  std::string lines;
  for (int i = 0; i < 2; ++i) {
    lines += R"({"sku":")" + std::to_string(random() % 100000) + R"(","quantity":{"value":")" +
             std::to_string(random() % 9 + 1) + R"(","unit":"C62"}},)";
  }
  lines.pop_back();
  event.bytes = std::string(event_layout::unstamped) + R"("stream":"sales","data":{"lines":[)" +
                lines + R"(],"totals":{"gross":{"amountMinor":)" +
                std::to_string(random() % 100000) + R"(,"currency":"EUR"}}},"id":")" +
                event.identity.id + R"(","source":"/acme/store-0042/main/till-1"})";
  return event;
}

template <typename Commit>
void measure(const char* name, std::size_t events, std::size_t per_commit, Commit commit) {
  std::mt19937_64 random(per_commit);
  double busy = 0;
  const std::uint64_t before = bytes_written();
  for (std::size_t done = 0; done < events; done += per_commit) {
    std::vector<Event> batch;
    batch.reserve(per_commit);
    for (std::size_t i = 0; i < per_commit; ++i) batch.push_back(make_event(random, done + i));
    const auto begin = std::chrono::steady_clock::now();
    commit(batch);
    busy += Seconds(std::chrono::steady_clock::now() - begin).count();
  }
  std::printf("%-6s %5zu a commit: %9.0f events/s %8.0f bytes/event %8.3f ms/commit\n", name,
              per_commit, static_cast<double>(events) / busy,
              static_cast<double>(bytes_written() - before) / static_cast<double>(events),
              busy * 1000 * static_cast<double>(per_commit) / static_cast<double>(events));
}

void plain_rows(const std::filesystem::path& directory, std::size_t events,
                std::size_t per_commit) {
  Connection db(directory / "rows.db", Connection::Mode::read_write, "");
  db.execute(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE event(sequence INTEGER "
      "PRIMARY KEY, key INTEGER, content INTEGER, bytes BLOB); CREATE UNIQUE INDEX by_key ON "
      "event(key);");
  Query find(db, "SELECT sequence,content FROM event WHERE key=?1");
  Query insert(db, "INSERT INTO event(sequence,key,content,bytes) VALUES(?1,?2,?3,?4)");
  Sequence last = 0;
  Sha256 chain{};
  const std::string epoch = "00000000-0000-7000-8000-000000000000";
  measure("rows", events, per_commit, [&](std::vector<Event>& batch) {
    Transaction transaction(db);
    for (Event& event : batch) {
      {
        Query::Rows rows = find.rows(event.digests.key);
        if (rows.next()) continue;
      }
      event_layout::stamp(event.bytes, epoch, ++last, "2026-01-01T00:00:00.000Z");
      chain = chain_next(chain, sha256(event.bytes));
      insert.run(last, event.digests.key, event.digests.content, Blob{event.bytes});
    }
    transaction.commit();
    if (db.wal_pages() >= 1024) db.checkpoint();
  });
}

bool runs(const std::filesystem::path& directory, std::size_t events, std::size_t per_commit) {
  const SystemClock clock;
  OutboxOptions options;
  options.directory = directory;
  options.reserve_bytes = 0;
  auto outbox = Outbox::open(options, clock);
  if (!outbox) return std::fprintf(stderr, "%s\n", outbox.error().message.c_str()), false;
  bool good = true;
  measure("runs", events, per_commit, [&](std::vector<Event>& events_of_commit) {
    Batch batch;
    batch.deliveries.emplace_back();
    for (Event& event : events_of_commit) batch.deliveries[0].items.push_back(std::move(event));
    good = good && outbox->commit(batch).has_value() && outbox->maintain().has_value();
  });
  outbox = StoreResult<Outbox>(Unexpected<StoreError>{StoreError{}});  // closes it
  const auto begin = std::chrono::steady_clock::now();
  outbox = Outbox::open(options, clock);
  const double open_ms = Seconds(std::chrono::steady_clock::now() - begin).count() * 1000;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("       opens in %.1f ms; most memory so far %ld MiB\n", open_ms,
              usage.ru_maxrss / 1024);
  return good && outbox.has_value();
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return std::fputs("usage: bench-rows-or-runs DIRECTORY [EVENTS]\n", stderr), 2;
  const std::size_t events = count > 2 ? std::stoul(arguments[2]) : 1'000'000;
  bool good = true;
  for (const std::size_t per_commit : {std::size_t{1}, std::size_t{100}}) {
    const std::filesystem::path directory =
        std::filesystem::path(arguments[1]) / std::to_string(per_commit);
    std::filesystem::create_directories(directory);
    const std::size_t share = per_commit == 1 ? events / 50 : events;
    good = runs(directory, share, per_commit) && good;
    plain_rows(directory, share, per_commit);
  }
  return good ? 0 : 1;
}
