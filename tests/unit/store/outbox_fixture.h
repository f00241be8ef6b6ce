// What the store's tests share: a clock that stands still, a directory of their own, events.
#pragma once

#include <catch2/catch.hpp>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "agent/core/event_layout.h"
#include "store/outbox.h"
#include "store/outbox_reader.h"
#include "store/tuning.h"
#include "tests/support/temporary_directory.h"

namespace storeward::store {

class HandClock final : public Clock {
 public:
  Instant now() const override { return Instant(monotonic); }
  WallTime wall() const override { return WallTime(wall_time); }
  void pass(Millis time) {
    monotonic += time;
    wall_time += time;
  }
  Millis monotonic{1'000'000};
  Millis wall_time{1'790'000'000'000};
};

using support::TemporaryDirectory;

inline Event make_event(std::uint64_t id, Stream stream = Stream::sales, std::uint64_t content = 1,
                        std::size_t padding = 100) {
  Event event;
  event.identity = {"till-1", std::to_string(id), "1"};
  event.digests = {id, content};
  event.stream = stream;
  event.type = "retail.sale.completed.v1";
  event.bytes = std::string(event_layout::unstamped) + R"("stream":")" +
                std::string(name_of(stream)) + R"(","data":")" + std::string(padding, 'x') +
                R"(","id":")" + std::to_string(id) + R"(","source":"/t/s/a/till-1","content":)" +
                std::to_string(content) + "}";
  return event;
}

inline Rejected make_rejected(std::uint64_t id, std::uint64_t content) {
  return {{"till-1", std::to_string(id), "1"}, {id, content}, "data.lines: missing", "{}"};
}

struct OutboxFixture {
  TemporaryDirectory directory;
  HandClock clock;
  Tuning tuning;
  OutboxOptions options;
  std::optional<Outbox> outbox;

  OutboxFixture() {
    options.directory = directory.path();
    options.machine_id = "machine-1";
    options.reserve_bytes = 0;
    options.seed = 1;
    options.tuning = &tuning;
    tuning.prune_pause = {};
  }

  Outbox& open() {
    outbox.reset();
    auto opened = Outbox::open(options, clock);
    if (!opened) FAIL(opened.error().message);
    outbox.emplace(std::move(opened).value());
    return *outbox;
  }

  CommitReport commit(Batch batch) {
    auto report = outbox->commit(batch);
    if (!report) FAIL(report.error().message);
    return std::move(report).value();
  }

  template <typename... Items>
  std::vector<ItemOutcome> put(Items... items) {
    Batch batch;
    batch.deliveries.emplace_back();
    (batch.deliveries[0].items.push_back(std::move(items)), ...);
    return commit(std::move(batch)).outcomes.at(0);
  }

  void confirm(Stream stream, Sequence confirmed, Epoch epoch = {}) {
    Batch batch;
    if (epoch.empty()) epoch = outbox->status().epoch;
    batch.cursors.push_back({{epoch, stream}, confirmed, confirmed});
    commit(std::move(batch));
  }

  void upkeep() {
    for (int steps = 0;; ++steps) {
      REQUIRE(steps < 100'000);
      const auto step = outbox->maintain();
      if (!step) FAIL(step.error().message);
      if (!step->more) return;
    }
  }

  StreamHead head(Stream stream, Epoch epoch = {}) {
    const OutboxStatus& status = outbox->status();
    if (epoch.empty()) epoch = status.epoch;
    for (const StreamState& state : status.streams) {
      if (state.stream == StreamKey{epoch, stream}) return state.head;
    }
    FAIL("no such stream");
    return {};
  }

  OutboxReader reader() {
    auto opened = OutboxReader::open(options);
    if (!opened) FAIL(opened.error().message);
    return std::move(opened).value();
  }

  void verify_clean() {
    OutboxReader verifier = reader();
    const auto report = verifier.verify({});
    REQUIRE(report.has_value());
    for (const VerifyFinding& finding : report->findings)
      UNSCOPED_INFO(finding.place + ": " + finding.what);
    CHECK(report->findings.empty());
  }
};

inline std::vector<std::string> events_of(const Message& message) {
  std::vector<std::string> events;
  if (!message.payload) return events;
  std::string plain = *message.payload;
  if (message.codec == Codec::zstd) {
    auto unfolded = zstd_decompress(plain);
    REQUIRE(unfolded.has_value());
    plain = *unfolded;
  }
  const auto parts = split_batch(plain);
  REQUIRE(parts.has_value());
  for (const std::string_view part : *parts) events.emplace_back(part);
  return events;
}

}  // namespace storeward::store
