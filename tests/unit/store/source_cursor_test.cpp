// What drivers note about their sources: FAULTS F39.
#include "store/source_cursor_table.h"

#include <catch2/catch.hpp>

#include <fstream>

#include "store/sqlite.h"
#include "tests/unit/store/outbox_fixture.h"

using namespace storeward;
using namespace storeward::store;

namespace {

SourceCursor cursor(std::string key, std::string value, std::optional<int> keep_days = {},
                    std::string driver = "pos-files") {
  return {std::move(driver), std::move(key), std::move(value), keep_days};
}

SourceCursor gone(std::string key) {
  SourceCursor forget = cursor(std::move(key), "");
  forget.gone = true;
  return forget;
}

struct CursorFixture : OutboxFixture {
  CommitReport hand_in(std::vector<AdmittedItem> items, std::vector<SourceCursor> cursors) {
    Batch batch;
    batch.deliveries.push_back({std::move(items), std::move(cursors)});
    return commit(std::move(batch));
  }

  std::optional<std::string> value(std::string_view key, std::string_view driver = "pos-files") {
    auto found = reader().source_cursor(driver, key);
    REQUIRE(found.has_value());
    return *found;
  }

  std::vector<std::string> keys(std::string_view after = "", std::size_t limit = 1000) {
    auto found = reader().source_cursors("pos-files", after, limit);
    REQUIRE(found.has_value());
    std::vector<std::string> keys;
    for (const SourceCursor& each : *found) keys.push_back(each.key);
    return keys;
  }
};

}  // namespace

TEST_CASE_METHOD(CursorFixture, "a source's cursor is there with its delivery, after a restart too",
                 "[store][F39]") {
  open();
  hand_in({make_event(1)}, {cursor("sales.csv", "1"), cursor("other.csv", "9")});
  hand_in({make_event(2)}, {cursor("sales.csv", "2")});
  open();
  CHECK(value("sales.csv") == "2");
  CHECK(value("other.csv") == "9");
  CHECK_FALSE(value("sales.csv", "another-driver"));
  CHECK(head(Stream::sales).last == 2);
  hand_in({}, {gone("sales.csv")});
  CHECK_FALSE(value("sales.csv"));
  CHECK(keys() == std::vector<std::string>{"other.csv"});
  verify_clean();
}

TEST_CASE_METHOD(CursorFixture,
                 "a delivery that is refused leaves its source's cursor where it was",
                 "[store][F39]") {
  tuning.exceptions = 1;
  open();
  hand_in({make_rejected(1, 1)}, {cursor("sales.csv", "1")});
  const CommitReport refused = hand_in({make_rejected(2, 1)}, {cursor("sales.csv", "2")});
  CHECK(refused.outcomes[0][0].status == ItemStatus::refused);
  CHECK_FALSE(refused.refusals[0].empty());
  CHECK(value("sales.csv") == "1");
}

TEST_CASE_METHOD(CursorFixture, "cursors beyond their bounds refuse the delivery", "[store]") {
  open();
  const auto refusal = [this](SourceCursor bad) {
    const CommitReport report = hand_in({make_event(1)}, {std::move(bad)});
    CHECK(head(Stream::sales).last == 0);
    return report.refusals[0];
  };
  CHECK_FALSE(refusal(cursor(std::string(257, 'k'), "")).empty());
  CHECK_FALSE(refusal(cursor("", "1")).empty());
  CHECK_FALSE(refusal(cursor("key", std::string(4097, 'v'))).empty());
  CHECK_FALSE(refusal(cursor("key", "1", {}, std::string(65, 'd'))).empty());
  CHECK(hand_in({}, {cursor(std::string(256, 'k'), std::string(4096, 'v'))}).refusals[0].empty());
}

TEST_CASE_METHOD(CursorFixture, "cursors with keep_days expire, the others stay", "[store]") {
  tuning.expire_cursors = 2;
  open();
  for (int i = 0; i < 5; ++i) hand_in({}, {cursor("short-" + std::to_string(i), "", 1)});
  hand_in({}, {cursor("long", "", 90), cursor("stays", "")});
  clock.pass(std::chrono::hours(23));
  hand_in({}, {cursor("short-3", "again", 1)});
  upkeep();
  CHECK(keys().size() == 7);
  clock.pass(std::chrono::hours(2));
  upkeep();
  CHECK(keys() == std::vector<std::string>{"long", "short-3", "stays"});
  open();  // gains nothing: the clock stood still
  clock.pass(std::chrono::hours(91 * 24));
  upkeep();
  CHECK(keys() == std::vector<std::string>{"stays"});
}

TEST_CASE_METHOD(CursorFixture, "at the bound the cursor that expires first makes room",
                 "[store]") {
  tuning.source_cursors = 3;
  open();
  hand_in({}, {cursor("stays", ""), cursor("late", "", 9), cursor("early", "", 2)});
  hand_in({}, {cursor("new", "", 5)});
  CHECK(keys() == std::vector<std::string>{"late", "new", "stays"});
  hand_in({}, {cursor("b", ""), cursor("a", "")});
  CHECK(keys() == std::vector<std::string>{"a", "b", "stays"});
  CHECK_FALSE(hand_in({make_event(1)}, {cursor("c", "")}).refusals[0].empty());
  CHECK(head(Stream::sales).last == 0);
  CHECK(hand_in({}, {cursor("a", "moved on")}).refusals[0].empty());
  CHECK(hand_in({}, {cursor("x", "", {}, "another-driver")}).refusals[0].empty());
  open();
  CHECK(value("a") == "moved on");
  CHECK_FALSE(hand_in({}, {cursor("c", "")}).refusals[0].empty());
}

TEST_CASE_METHOD(CursorFixture, "cursors are listed by key, page by page", "[store]") {
  open();
  for (int i = 0; i < 5; ++i) hand_in({}, {cursor("file-" + std::to_string(i), "v")});
  CHECK(keys("", 2) == std::vector<std::string>{"file-0", "file-1"});
  CHECK(keys("file-3") == std::vector<std::string>{"file-4"});
}

TEST_CASE_METHOD(CursorFixture, "a damaged cursor is found, not believed, and salvaged around",
                 "[store][salvage][F12]") {
  open();
  hand_in({make_event(1)}, {cursor("whole", "1", 30), cursor("damaged", "2")});
  outbox.reset();
  {
    Connection db(directory.path() / "outbox.db", Connection::Mode::read_write, "");
    db.execute("UPDATE source_cursor SET value='3' WHERE key='damaged'");
  }
  open();
  CHECK_FALSE(reader().source_cursor("pos-files", "damaged").has_value());
  const auto report = reader().verify({});
  REQUIRE(report.has_value());
  REQUIRE(report->findings.size() == 1);
  CHECK(report->findings[0].place == "driver pos-files cursor damaged");
  open();  // salvages
  CHECK(value("whole") == "1");
  CHECK_FALSE(value("damaged"));
  CHECK(put(make_event(1))[0].status == ItemStatus::duplicate);
  clock.pass(std::chrono::hours(31 * 24));
  upkeep();
  CHECK_FALSE(value("whole"));
  verify_clean();
}

TEST_CASE_METHOD(CursorFixture, "a full disk keeps neither the events nor the cursor",
                 "[store][F39]") {
  options.max_bytes = 512 * 1024;
  open();
  std::uint64_t kept = 0;
  for (std::uint64_t id = 1; id < 3000; ++id) {
    const CommitReport report = hand_in({make_event(id, Stream::sales, 1, 3000)},
                                        {cursor("sales.csv", std::to_string(id))});
    if (!report.refusals[0].empty()) {
      CHECK(report.outcomes[0][0].status == ItemStatus::refused);
      break;
    }
    kept = id;
  }
  REQUIRE(kept > 10);
  CHECK(value("sales.csv") == std::to_string(kept));
  CHECK(head(Stream::sales).last == kept);
}
