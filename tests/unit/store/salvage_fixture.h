// What the tests of the salvage share: an outbox that is damaged or left as a kill leaves it, and
// what is accounted for after it.
#pragma once

#include <algorithm>
#include <fstream>
#include <set>

#include "store/salvage.h"
#include "tests/unit/store/outbox_fixture.h"

namespace storeward::store {

namespace fs = std::filesystem;

inline void overwrite(const fs::path& file, std::uint64_t at, const std::string& bytes) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(static_cast<std::streamoff>(at));
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

struct SalvageFixture : OutboxFixture {
  fs::path file(const char* name = "outbox.db") { return fs::path(options.directory) / name; }

  // All events that can be read, by id; each must be what was put in under its number.
  std::set<std::string> readable() {
    OutboxReader reader = this->reader();
    std::set<std::string> ids;
    const auto streams = reader.streams();
    REQUIRE(streams.has_value());
    for (const StreamState& state : *streams) {
      const auto events = reader.list(state.stream, 1, 1'000'000);
      REQUIRE(events.has_value());
      for (const StoredEvent& event : *events) ids.insert(event.bytes);
    }
    return ids;
  }

  // Numbers that heads announce as gone.
  std::uint64_t announced() {
    std::uint64_t numbers = 0;
    for (const StreamState& state : outbox->status().streams) {
      for (const AbsentRange& absent : state.head.absent) {
        if (absent.reason == AbsentReason::salvage) {
          numbers += absent.range.last - absent.range.first + 1;
        }
      }
    }
    return numbers;
  }

  // Of the sales 1 … accepted: what is not kept is announced as absent, and as lost unless the hub
  // had confirmed it.
  void check_accounted(const Epoch& epoch, Sequence accepted, Sequence confirmed = 0) {
    OutboxReader reader = this->reader();
    const auto events = reader.list({epoch, Stream::sales}, 1, 1'000'000);
    REQUIRE(events.has_value());
    std::set<Sequence> kept;
    for (const StoredEvent& event : *events) kept.insert(event.sequence);
    const StreamHead head = this->head(Stream::sales, epoch);
    CHECK(head.last == accepted);
    for (Sequence number = 1; number <= accepted; ++number) {
      CAPTURE(number, confirmed);
      const auto absent = std::ranges::find_if(head.absent, [number](const AbsentRange& range) {
        return number >= range.range.first && number <= range.range.last;
      });
      const bool announced = absent != head.absent.end();
      const bool lost = announced && absent->reason == AbsentReason::salvage;
      if (kept.contains(number)) {
        if (announced) FAIL_CHECK("kept and announced as absent");
      } else if (number > confirmed ? !lost : number >= head.first && !announced) {
        FAIL_CHECK("gone without the right word");
      }
    }
  }

  // As a kill leaves it: nothing is checkpointed, the WAL and the note of the ends are there.
  void leave_as_killed() {
    const fs::path left = directory.path() / ("killed-" + std::to_string(++kills_));
    fs::create_directory(left);
    for (const char* name : {"outbox.db", "outbox.db-wal", "outbox.tail"}) {
      if (fs::exists(file(name))) fs::copy_file(file(name), left / name);
    }
    outbox.reset();
    options.directory = left;
  }

  std::string notice() {
    const auto text = salvage_notice(options.directory);
    REQUIRE(text);
    return *text;
  }

  void fill(std::uint64_t events, std::uint64_t per_commit) {
    for (std::uint64_t id = 1; id <= events;) {
      Batch batch;
      batch.deliveries.emplace_back();
      for (std::uint64_t i = 0; i < per_commit; ++i, ++id) {
        batch.deliveries[0].items.push_back(make_event(id, Stream::sales, 1, 300));
      }
      commit(std::move(batch));
    }
  }

 private:
  int kills_ = 0;
};

}  // namespace storeward::store
