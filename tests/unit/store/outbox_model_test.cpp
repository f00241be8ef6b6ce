// Random actions on an Outbox with tiny bounds and on a bare model, compared in lockstep. The disk
// loses what was not synced whenever the power goes, and now and then the process is killed.
#include <map>
#include <random>

#include "tests/support/crash_vfs.h"
#include "tests/support/seed.h"
#include "tests/unit/store/outbox_fixture.h"

using namespace storeward;
using namespace storeward::store;

namespace {

struct ModelEvent {
  std::uint64_t content = 0;
  Stream stream = Stream::sales;
  Epoch epoch;
  Sequence sequence = 0;
};

struct ModelStream {
  Sequence last = 0, confirmed = 0, published = 0, published_at_open = 0;
  std::map<Sequence, std::uint64_t> ids;
};

// Outlives the fixture's outbox, whose files it holds.
struct SeededDisk {
  const std::uint64_t seed = storeward::testing::announced_seed("outbox model");
  support::CrashVfs vfs{"model-outbox", seed};
};

struct ModelFixture : SeededDisk, OutboxFixture {};

}  // namespace

TEST_CASE_METHOD(ModelFixture, "whatever happens, the outbox agrees with a bare model",
                 "[store][model]") {
  std::mt19937_64 random(seed);
  const auto below = [&random](std::uint64_t bound) { return random() % bound; };
  options.seed = seed | 1;
  options.vfs = vfs.name();
  options.keep = std::chrono::hours(12);  // and all of it within the dedup horizon of 7 days
  const Millis began = clock.monotonic;
  tuning.run_events = 5;
  tuning.run_bytes = 2000;
  tuning.dedup_recent = 64;
  tuning.dedup_fan_in = 2;
  tuning.dedup_step_blocks = 1;
  tuning.prune_runs = 3;
  tuning.checkpoint_pages = 16;
  open();
  std::map<std::uint64_t, ModelEvent> stored;
  std::map<StreamKey, ModelStream> streams;
  std::map<std::string, std::string> cursors;  // of the one driver
  std::uint64_t handed_in = 0;
  const Stream used[] = {Stream::sales, Stream::stock, Stream::ops};

  const auto put_some = [&] {
    Batch batch;
    std::vector<std::vector<std::pair<std::uint64_t, std::uint64_t>>> wanted;
    for (std::uint64_t d = 0; d <= below(3); ++d) {
      batch.deliveries.emplace_back();
      wanted.emplace_back();
      for (std::uint64_t i = 0; i <= below(8); ++i) {
        const std::uint64_t id = 1 + below(3000);
        const std::uint64_t content = below(10) == 0 ? 2 : 1;
        const Stream stream = used[id % 3];
        batch.deliveries.back().items.push_back(make_event(id, stream, content, below(300)));
        wanted.back().emplace_back(id, content);
      }
      SourceCursor cursor{.driver = "files", .key = std::to_string(below(20))};
      cursor.value = std::to_string(++handed_in);
      cursor.gone = below(5) == 0;
      if (cursor.gone) {
        cursors.erase(cursor.key);
      } else {
        cursors[cursor.key] = cursor.value;
      }
      batch.deliveries.back().cursors.push_back(std::move(cursor));
    }
    const Epoch epoch = outbox->status().epoch;
    const CommitReport report = commit(std::move(batch));
    for (std::size_t d = 0; d < wanted.size(); ++d) {
      for (std::size_t i = 0; i < wanted[d].size(); ++i) {
        const auto [id, content] = wanted[d][i];
        const ItemOutcome& outcome = report.outcomes.at(d).at(i);
        const auto known = stored.find(id);
        if (known == stored.end()) {
          REQUIRE(outcome.status == ItemStatus::stored);
          ModelStream& stream = streams[{epoch, used[id % 3]}];
          REQUIRE(outcome.sequence == ++stream.last);
          stream.ids[stream.last] = id;
          stored[id] = {content, used[id % 3], epoch, stream.last};
        } else {
          REQUIRE(outcome.status == (known->second.content == content ? ItemStatus::duplicate
                                                                      : ItemStatus::conflict));
          REQUIRE(outcome.sequence == known->second.sequence);
        }
      }
    }
  };

  const auto save_cursors = [&] {
    Batch batch;
    for (auto& [key, stream] : streams) {
      if (stream.last == 0) continue;
      const Sequence published = below(stream.last + 1);
      const Sequence confirmed = below(published + 1);
      batch.cursors.push_back({key, confirmed, published});
      stream.confirmed = std::max(stream.confirmed, confirmed);
      stream.published = std::max({stream.published, published, stream.confirmed});
    }
    commit(std::move(batch));
  };

  const auto fork = [&] {
    const auto forked = outbox->fork_epoch("test", [] {});
    REQUIRE(forked.has_value());
    std::map<StreamKey, ModelStream> moved;
    for (auto& [key, stream] : streams) {
      ModelStream& to = moved[{forked->epoch, key.stream}];
      for (auto at = stream.ids.upper_bound(stream.published_at_open); at != stream.ids.end();) {
        to.ids[++to.last] = at->second;
        ModelEvent& event = stored.at(at->second);
        event.epoch = forked->epoch;
        event.sequence = to.last;
        at = stream.ids.erase(at);
      }
      stream.last = std::min(stream.last, stream.published_at_open);
      stream.published = std::min(stream.published, stream.last);
      stream.confirmed = std::min(stream.confirmed, stream.last);
    }
    streams.merge(moved);
  };

  const auto begin_another_life = [&] {
    const std::uint64_t how = below(3);
    if (how == 0) vfs.power_cut();
    if (how == 1) vfs.kill();
    outbox.reset();
    if (how != 2) vfs.restart();
    open();
    for (auto& [key, stream] : streams) stream.published_at_open = stream.published;
  };

  for (int step = 0; step < 400; ++step) {
    const std::uint64_t action = below(100);
    if (action < 60) {
      put_some();
    } else if (action < 80) {
      save_cursors();
    } else if (action < 90) {
      const auto more = outbox->maintain();
      REQUIRE(more.has_value());
    } else if (action < 94) {
      const auto pass = std::chrono::hours(below(20));
      if (clock.monotonic - began + pass < std::chrono::hours(6 * 24)) clock.pass(pass);
    } else if (action < 99 || streams.size() > 3) {
      begin_another_life();
    } else {
      fork();
    }
    for (const StreamState& state : outbox->status().streams) {
      const ModelStream& stream = streams[state.stream];
      REQUIRE(state.head.last == stream.last);
      REQUIRE(state.head.confirmed == stream.confirmed);
      REQUIRE(state.head.published == stream.published);
      REQUIRE(state.head.first <= stream.confirmed + 1);
    }
  }
  OutboxReader reader = this->reader();
  const auto kept = reader.source_cursors("files", "", 100);
  REQUIRE(kept.has_value());
  std::map<std::string, std::string> kept_cursors;
  for (const SourceCursor& cursor : *kept) kept_cursors[cursor.key] = cursor.value;
  CHECK(kept_cursors == cursors);
  for (const auto& [key, stream] : streams) {
    for (const StreamState& state : outbox->status().streams) {
      if (state.stream != key) continue;
      const auto list = reader.list(key, 1, 100'000);
      REQUIRE(list.has_value());
      REQUIRE(list->size() == state.head.last + 1 - state.head.first);
      for (const StoredEvent& event : *list) {
        const std::string id = "\"id\":\"" + std::to_string(stream.ids.at(event.sequence)) + "\"";
        REQUIRE(event.bytes.find(id) != std::string::npos);
      }
    }
  }
  verify_clean();
}
