#include "store/outbox.h"

#include "store/sqlite.h"
#include "tests/unit/store/outbox_fixture.h"
#include "tests/unit/store/schema_version_1.h"

using namespace storeward;
using namespace storeward::store;

TEST_CASE_METHOD(OutboxFixture, "sequences have no gap, per stream, also after a restart",
                 "[store]") {
  open();
  const auto first = put(make_event(1), make_event(2, Stream::stock), make_event(3));
  CHECK(first[0].sequence == 1);
  CHECK(first[1].sequence == 1);
  CHECK(first[2].sequence == 2);
  const Sha256 hash = head(Stream::sales).hash;
  open();
  CHECK(head(Stream::sales).last == 2);
  CHECK(head(Stream::sales).hash == hash);
  CHECK(put(make_event(4))[0].sequence == 3);
  verify_clean();
}

TEST_CASE_METHOD(OutboxFixture, "a commit hands back the new events as they are stored",
                 "[store]") {
  tuning.run_events = 3;
  open();
  Batch batch;
  batch.deliveries.emplace_back();
  for (std::uint64_t id = 1; id <= 7; ++id) batch.deliveries[0].items.push_back(make_event(id));
  const CommitReport report = commit(std::move(batch));
  REQUIRE(report.streams.size() == 1);
  CHECK(report.streams[0].head.last == 7);
  REQUIRE(report.streams[0].messages.size() == 3);
  Sequence expected = 0;
  Sha256 chain{};
  for (const Message& message : report.streams[0].messages) {
    CHECK(message.range.first == expected + 1);
    for (const std::string& event : events_of(message)) {
      CHECK(event_layout::sequence_of(event) == ++expected);
      CHECK(event_layout::epoch_of(event) == outbox->status().epoch);
      chain = chain_next(chain, sha256(event));
    }
    CHECK(message.range.last == expected);
  }
  CHECK(chain == head(Stream::sales).hash);
}

TEST_CASE_METHOD(OutboxFixture, "a repeat is a duplicate, another content a conflict",
                 "[store][F31]") {
  open();
  put(make_event(1));
  for (int restart = 0; restart < 2; ++restart) {
    const auto outcomes = put(make_event(1), make_event(1, Stream::sales, 2),
                              make_event(2 + static_cast<unsigned>(restart)));
    CHECK(outcomes[0].status == ItemStatus::duplicate);
    CHECK(outcomes[0].sequence == 1);
    CHECK(outcomes[0].stream == Stream::sales);
    CHECK(outcomes[1].status == ItemStatus::conflict);
    CHECK(outcomes[1].sequence == 1);
    CHECK(outcomes[1].exception == 1);
    CHECK(outcomes[2].status == ItemStatus::stored);
    open();
  }
  CHECK(outbox->status().open_exceptions == 1);
}

TEST_CASE_METHOD(OutboxFixture, "repeats within one batch are found", "[store]") {
  open();
  const auto outcomes = put(make_event(1), make_event(1), make_event(1, Stream::sales, 2));
  CHECK(outcomes[0].status == ItemStatus::stored);
  CHECK(outcomes[1].status == ItemStatus::duplicate);
  CHECK(outcomes[2].status == ItemStatus::conflict);
  CHECK(head(Stream::sales).last == 1);
}

TEST_CASE_METHOD(OutboxFixture, "a bad item is one exception until the corrected one comes",
                 "[store]") {
  open();
  const auto bad = put(make_rejected(1, 10), make_rejected(1, 10), make_rejected(2, 20));
  CHECK(bad[0].status == ItemStatus::quarantined);
  CHECK(bad[0].exception == bad[1].exception);
  CHECK(bad[2].exception != bad[0].exception);
  open();
  CHECK(put(make_rejected(1, 10))[0].exception == bad[0].exception);
  CHECK(outbox->status().open_exceptions == 2);
  CHECK(put(make_event(1))[0].status == ItemStatus::stored);
  CHECK(outbox->status().open_exceptions == 1);
  const auto exception = reader().exception(bad[0].exception);
  REQUIRE((exception && *exception));
  CHECK((*exception)->state == "superseded");
  CHECK((*exception)->reason == "data.lines: missing");
  CHECK(put(make_rejected(1, 11))[0].status == ItemStatus::conflict);
}

TEST_CASE_METHOD(OutboxFixture, "no more exceptions are open than the bound; the rest must wait",
                 "[store]") {
  tuning.exceptions = 2;
  open();
  put(make_rejected(1, 1), make_rejected(2, 2), make_event(9));
  CHECK(put(make_rejected(3, 3), make_event(4))[0].status == ItemStatus::refused);
  CHECK(put(make_event(9, Stream::sales, 2))[0].status == ItemStatus::refused);
  CHECK(put(make_rejected(2, 2))[0].status == ItemStatus::quarantined);
  CHECK(put(make_event(4))[0].status == ItemStatus::stored);
  put(make_event(1));  // settles the first
  CHECK(put(make_rejected(3, 3))[0].status == ItemStatus::quarantined);
}

TEST_CASE_METHOD(OutboxFixture, "beyond the bound the exception that was closed first makes room",
                 "[store]") {
  tuning.exceptions = 3;
  open();
  put(make_rejected(1, 1), make_rejected(2, 2), make_rejected(3, 3));
  put(make_event(2));  // settles the second
  clock.pass(Millis{1000});
  put(make_event(1));
  CHECK(put(make_rejected(4, 4))[0].status == ItemStatus::quarantined);
  const ItemOutcome fifth = put(make_rejected(5, 5))[0];
  CHECK(fifth.status == ItemStatus::quarantined);
  std::string left;
  const auto kept = reader().exceptions({.from = 1, .limit = 10});
  REQUIRE(kept);
  for (const Exception& one : *kept) {
    left += std::to_string(one.number) + one.state + " ";
  }
  CHECK(left == "3open 4open 5open ");
}

TEST_CASE_METHOD(OutboxFixture, "the confirmed cursor never goes back and never beyond the end",
                 "[store]") {
  open();
  put(make_event(1), make_event(2), make_event(3));
  confirm(Stream::sales, 2);
  confirm(Stream::sales, 1);
  CHECK(head(Stream::sales).confirmed == 2);
  confirm(Stream::sales, 99);
  CHECK(head(Stream::sales).confirmed == 3);
  confirm(Stream::sales, 1, "00000000-0000-7000-8000-000000000000");
  open();
  CHECK(head(Stream::sales).confirmed == 3);
}

TEST_CASE_METHOD(OutboxFixture,
                 "a waiting snapshot gives way to a newer one and is numbered when taken",
                 "[store]") {
  open();
  const auto level = [](std::uint64_t id, const std::string& as_of) {
    Event event = make_event(id, Stream::levels);
    event.level = LevelKey{"loc\x1fitem", as_of};
    return event;
  };
  const auto stored = put(level(1, "2026-01-01"), level(2, "2026-01-03"), level(3, "2026-01-02"));
  for (const ItemOutcome& outcome : stored) {
    CHECK(outcome.status == ItemStatus::stored);
    CHECK(outcome.sequence == 0);
  }
  CHECK(put(level(2, "2026-01-03"))[0].status == ItemStatus::duplicate);
  Event other = level(2, "2026-01-03");
  ++other.digests.content;
  const auto contradiction = put(std::move(other));
  CHECK(contradiction[0].status == ItemStatus::conflict);
  CHECK(contradiction[0].exception == 1);
  CHECK(outbox->status().levels_waiting == 1);
  open();
  Batch batch;
  batch.take_levels = true;
  const CommitReport report = commit(std::move(batch));
  CHECK_FALSE(report.levels_waiting);
  REQUIRE(report.streams.size() == 1);
  const auto events = events_of(report.streams[0].messages.at(0));
  REQUIRE(events.size() == 1);
  CHECK(events[0].find(R"("id":"2")") != std::string::npos);
  CHECK(put(level(2, "2026-01-03"))[0].sequence == 1);
}

TEST_CASE_METHOD(OutboxFixture, "the day's totals count every sale once", "[store]") {
  open();
  const auto sale = [](std::uint64_t id, const std::string& date, std::int64_t gross) {
    Event event = make_event(id);
    event.day = DayDelta{date, "1", 1, 0, gross, "EUR", date + "T10:00:00Z"};
    return event;
  };
  put(sale(1, "2026-01-01", 100), sale(1, "2026-01-01", 100), sale(2, "2026-01-01", 50));
  put(sale(3, "2026-01-02", 7));
  for (int day = 0; day < 40; ++day) {
    put(sale(100 + static_cast<unsigned>(day), "2026-03-" + std::to_string(10 + day), 1));
  }
  const auto before = outbox->status().days;
  CHECK(before.size() == 31);
  open();
  const auto& days = outbox->status().days;
  REQUIRE(days.size() == 31);
  CHECK(days[0].business_date == "2026-03-49");
  CHECK(days[30].business_date == before[30].business_date);
}

TEST_CASE_METHOD(OutboxFixture, "totals of a day add up over commits and restarts", "[store]") {
  open();
  for (std::uint64_t id = 1; id <= 3; ++id) {
    Event event = make_event(id);
    event.day =
        DayDelta{"2026-01-01", "1", 1, 0, 100, "EUR", "2026-01-01T10:00:0" + std::to_string(id)};
    put(event);
    if (id == 2) open();
  }
  REQUIRE(outbox->status().days.size() == 1);
  CHECK(outbox->status().days[0].sales == 3);
  CHECK(outbox->status().days[0].gross_minor == 300);
  CHECK(outbox->status().days[0].last_sale == "2026-01-01T10:00:03");
}

TEST_CASE_METHOD(OutboxFixture, "a second process is refused and told who has the outbox",
                 "[store]") {
  open();
  const auto second = Outbox::open(options, clock);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().kind == StoreFailure::locked);
  CHECK(second.error().message.find(std::to_string(getpid())) != std::string::npos);
}

TEST_CASE_METHOD(OutboxFixture, "a newer schema is refused with both versions", "[store][F14]") {
  open();
  outbox.reset();
  {
    Connection db(directory.path() / "outbox.db", Connection::Mode::read_write, "");
    db.execute("PRAGMA user_version=99");
  }
  const auto opened = Outbox::open(options, clock);
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().kind == StoreFailure::newer_schema);
  CHECK(opened.error().message.find("99") != std::string::npos);
  CHECK(opened.error().message.find("up to version " + std::to_string(migrations.size())) !=
        std::string::npos);
}

TEST_CASE_METHOD(OutboxFixture, "F49: an outbox of the first version is taken over as it stands",
                 "[store][F49]") {
  tuning.dedup_recent = 8;
  open();
  for (std::uint64_t id = 1; id <= 40; ++id) put(make_event(id));
  Batch withheld;
  withheld.withheld.push_back({{outbox->status().epoch, Stream::sales}, 30, "too large"});
  commit(std::move(withheld));
  confirm(Stream::sales, 20);
  upkeep();
  const StreamHead before = head(Stream::sales);
  const Epoch epoch = outbox->status().epoch;
  outbox.reset();
  make_version_1(directory.path() / "outbox.db");
  open();
  CHECK(outbox->status().epoch == epoch);
  const StreamHead after = head(Stream::sales);
  CHECK(after.confirmed == before.confirmed);
  CHECK(after.hash == before.hash);
  CHECK(after.absent.size() == 1);
  CHECK(put(make_event(3))[0].status == ItemStatus::duplicate);
  CHECK(put(make_event(41))[0].sequence == 41);
  verify_clean();
}

TEST_CASE_METHOD(OutboxFixture, "a synchronous setting that loses commits refuses to start",
                 "[store]") {
  tuning.synchronous = "NORMAL";
  const auto opened = Outbox::open(options, clock);
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().kind == StoreFailure::invalid);
  CHECK(opened.error().message.find("synchronous") != std::string::npos);
}

TEST_CASE_METHOD(OutboxFixture, "on another machine or as a copy new events begin a new epoch",
                 "[store][F13]") {
  open();
  put(make_event(1), make_event(2));
  const Epoch old = outbox->status().epoch;
  open();
  CHECK(outbox->status().epoch == old);
  SECTION("another machine") {
    options.machine_id = "machine-2";
  }
  SECTION("a copied file") {
    outbox.reset();
    const auto file = directory.path() / "outbox.db";
    std::filesystem::copy_file(file, directory.path() / "copy");
    std::filesystem::rename(directory.path() / "copy", file);
  }
  open();
  CHECK(outbox->status().epoch != old);
  CHECK(put(make_event(3))[0].sequence == 1);
  CHECK(put(make_event(2))[0].status == ItemStatus::duplicate);
  CHECK(head(Stream::sales, old).last == 2);
  confirm(Stream::sales, 2, old);
  clock.pass(std::chrono::hours(24 * 8));
  upkeep();
  for (const StreamState& state : outbox->status().streams) CHECK(state.stream.epoch != old);
  open();
  CHECK(put(make_event(2))[0].status == ItemStatus::duplicate);
  verify_clean();
}

TEST_CASE_METHOD(OutboxFixture,
                 "a fork moves what was never published, in order, and finds it again",
                 "[store][F13]") {
  tuning.dedup_recent = 8;
  tuning.run_events = 4;
  open();
  for (std::uint64_t id = 1; id <= 10; ++id) put(make_event(id), make_event(100 + id));
  confirm(Stream::sales, 5);
  open();  // published by now: 5
  put(make_event(500));
  confirm(Stream::sales, 7);
  const Epoch old = outbox->status().epoch;
  const auto forked = outbox->fork_epoch("an older copy", [] {});
  REQUIRE(forked.has_value());
  CHECK(forked->epoch != old);
  CHECK(head(Stream::sales, old).last == 5);
  CHECK(head(Stream::sales, old).confirmed == 5);
  CHECK(head(Stream::sales).last == 16);
  for (int restart = 0; restart < 2; ++restart) {
    CHECK(put(make_event(102))[0].sequence == 4);  // was 4th of 5 that stay
    CHECK(put(make_event(500))[0].sequence == 16);
    CHECK(put(make_event(103))[0].sequence == 1);  // the 6th
    open();
  }
  CHECK(put(make_event(501))[0].sequence == 17);
  verify_clean();
}

TEST_CASE_METHOD(OutboxFixture,
                 "as space runs out the outbox refuses in order, drains, and recovers",
                 "[store][F8]") {
  options.max_bytes = 2 << 20;
  open();
  std::uint64_t id = 0;
  std::uint64_t random = 1;
  const auto noisy = [&](Stream stream) {
    Event event = make_event(++id, stream, 1, 4000);
    for (char& c : event.bytes.replace(event.bytes.find("xxx"), 3, "xxx")) {
      if (c == 'x') {
        random = random * 6364136223846793005ULL + 1442695040888963407ULL;
        c = static_cast<char>('a' + (random >> 60));
      }
    }
    if (stream == Stream::levels) event.level = LevelKey{"loc\x1fitem" + std::to_string(id), "1"};
    return event;
  };
  const auto scan = [&] {
    Event event = make_event(++id, Stream::stock);
    event.type = "retail.scan.observed.v1";
    return event;
  };
  const auto refused = [&](Event event) {
    return put(std::move(event))[0].status == ItemStatus::refused;
  };
  // In the order in which they are refused: two that go first, one that follows, the last two.
  bool levels = false, scans = false, stock = false, finance = false, sales = false;
  bool stock_went_on = false, money_went_on = false;
  while (!sales) {
    REQUIRE(id < 10'000);
    const bool stock_before = stock, money_before = finance;
    levels = refused(noisy(Stream::levels));
    scans = refused(scan());
    stock = refused(noisy(Stream::stock));
    finance = refused(noisy(Stream::finance));
    sales = refused(noisy(Stream::sales));
    CHECK((levels || !stock_before));
    CHECK((scans || !levels));
    CHECK((stock || !money_before));
    CHECK((!stock || (levels && scans)));
    CHECK((!finance || stock));
    CHECK((sales || !finance));
    stock_went_on |= levels && scans && !stock;
    money_went_on |= stock && !finance && !sales;
  }
  CHECK(stock_went_on);
  CHECK(money_went_on);
  for (const Stream stream : {Stream::sales, Stream::finance, Stream::stock}) {
    CHECK(head(stream).first == 1);  // nothing that has a number is dropped
  }
  verify_clean();
  CHECK(outbox->status().state == StoreState::full);
  const Sequence last = head(Stream::sales).last;
  confirm(Stream::sales, last);
  upkeep();  // confirmed rows go early
  CHECK(head(Stream::sales).first > 1);
  CHECK(put(noisy(Stream::sales))[0].status == ItemStatus::stored);
  verify_clean();
}

TEST_CASE_METHOD(OutboxFixture, "a small outbox that is full of small events drains and takes more",
                 "[store][F8]") {
  // Before anything is pruned the digests of all these events have to be written.
  options.max_bytes = GENERATE(1u << 20, 4u << 20);
  const std::uint64_t at_once = GENERATE(50u, 500u);
  CAPTURE(options.max_bytes, at_once);
  open();
  std::uint64_t id = 0;
  const auto hand_in = [&] {
    Batch batch;
    batch.deliveries.emplace_back();
    for (std::uint64_t i = 0; i < at_once; ++i) {
      batch.deliveries[0].items.push_back(make_event(++id));
    }
    return commit(std::move(batch)).outcomes[0][0].status == ItemStatus::stored;
  };
  for (int filled = 0; filled < 2; ++filled) {
    while (hand_in()) REQUIRE(id < 1'000'000);
    const Sequence last = head(Stream::sales).last;
    clock.pass(Millis{2000});
    confirm(Stream::sales, last);
    upkeep();
    CHECK(outbox->status().state != StoreState::full);
    CHECK(hand_in());
    open();
  }
  verify_clean();
}

TEST_CASE_METHOD(OutboxFixture, "the reserve is made where there is room", "[store][F7]") {
  options.reserve_bytes = 4096;
  open();
  CHECK(std::filesystem::file_size(directory.path() / "reserve") == 4096);
}
