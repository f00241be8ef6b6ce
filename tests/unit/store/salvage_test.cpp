// FAULTS F12: damage anywhere in the outbox's files. What is whole is kept, what is lost is named.
#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <set>

#include "store/database_pages.h"
#include "store/sqlite.h"
#include "tests/support/seed.h"
#include "tests/unit/store/salvage_fixture.h"

using namespace storeward;
using namespace storeward::store;

TEST_CASE_METHOD(SalvageFixture, "F12: the pages of a healthy outbox hold every run",
                 "[store][salvage][F12]") {
  open();
  fill(500, 5);
  outbox.reset();
  std::set<std::int64_t> keys;
  DatabasePages(file()).for_each_row([&](std::int64_t rowid, const std::vector<StoredValue>& row) {
    if (row.size() == 10) keys.insert(rowid);
  });
  CHECK(keys.size() == 100);
}

TEST_CASE_METHOD(SalvageFixture, "F12: a destroyed header costs no event",
                 "[store][salvage][F12]") {
  open();
  fill(300, 3);
  const auto before = readable();
  const Epoch epoch = outbox->status().epoch;
  outbox.reset();
  overwrite(file(), 0, std::string(4096, '\0'));
  open();
  CHECK(readable() == before);
  CHECK(outbox->status().epoch != epoch);
  check_accounted(epoch, 300);
  CHECK(notice().find("300 events are kept") != std::string::npos);
  CHECK_FALSE(is_marked_damaged(options.directory));
  // A repeat is known as one, though the table of repeats could not be read.
  CHECK(put(make_event(7, Stream::sales, 1, 300))[0].status == ItemStatus::duplicate);
  CHECK(put(make_event(1'000))[0].sequence == 1);
  verify_clean();
}

TEST_CASE_METHOD(SalvageFixture, "F12: a run that claims numbers there cannot be stops no salvage",
                 "[store][salvage][F12]") {
  open();
  fill(100, 10);
  const Epoch epoch = outbox->status().epoch;
  outbox.reset();
  {
    Connection db(file(), Connection::Mode::read_write, "");
    db.execute("UPDATE run SET last=" + std::string(GENERATE("-1", "9223372036854775807")) +
               " WHERE (key&17592186044415)=51");
  }
  overwrite(file(), 0, std::string(100, '\0'));
  open();
  CHECK(readable().size() == 90);
  CHECK(announced() == 10);
  check_accounted(epoch, 100);
  verify_clean();
}

TEST_CASE_METHOD(SalvageFixture, "F12: a cursor that a flipped bit moved is not believed",
                 "[store][salvage][F12]") {
  options.keep = std::chrono::hours(0);
  open();
  fill(100, 10);
  confirm(Stream::sales, 30);
  const Epoch epoch = outbox->status().epoch;
  outbox.reset();
  {
    Connection db(file(), Connection::Mode::read_write, "");
    db.execute("UPDATE stream SET confirmed=94,published=94");  // 30 | 64
  }
  open();
  upkeep();
  CHECK(head(Stream::sales, epoch).confirmed == 30);  // as outbox.tail knows
  CHECK(readable().size() == 70);
  CHECK(announced() == 0);
  check_accounted(epoch, 100, 30);
  CHECK(notice().find("none of those that were known is lost") != std::string::npos);
  verify_clean();
}

TEST_CASE_METHOD(SalvageFixture, "F12: numbers that a flipped bit declares absent are not believed",
                 "[store][salvage][F12]") {
  open();
  fill(100, 10);
  Batch withheld;
  withheld.withheld.push_back({{outbox->status().epoch, Stream::sales}, 50, "too large"});
  commit(std::move(withheld));
  const auto before = readable();
  outbox.reset();
  {
    Connection db(file(), Connection::Mode::read_write, "");
    db.execute("UPDATE absent SET first=34");  // 50 ^ 16
  }
  open();
  CHECK(salvage_notice(options.directory));
  CHECK(readable().size() >= before.size());
  verify_clean();
}

TEST_CASE_METHOD(SalvageFixture, "F12: a flipped bit in the memory of repeats lets none through",
                 "[store][salvage][F12]") {
  tuning.dedup_recent = 64;
  open();
  fill(200, 10);
  upkeep();
  outbox.reset();
  const std::string damage =
      GENERATE("UPDATE dedup_block SET entries=zeroblob(24)||substr(entries,25)",
               "UPDATE dedup_segment SET filter=zeroblob(length(filter))",
               "UPDATE dedup_segment SET level=-1");
  {
    Connection db(file(), Connection::Mode::read_write, "");
    db.execute(damage);
    REQUIRE(db.changes() > 0);
  }
  open();
  for (std::uint64_t id = 1; id <= 200; ++id) {
    Batch batch;
    batch.deliveries.push_back({{make_event(id, Stream::sales, 1, 300)}, {}});
    const auto report = outbox->commit(batch);
    if (!report) {  // met only now: the next start mends it
      CHECK(report.error().kind == StoreFailure::corrupt);
      open();
      --id;
      continue;
    }
    REQUIRE(report->outcomes[0][0].status == ItemStatus::duplicate);
  }
}

TEST_CASE_METHOD(SalvageFixture, "F12: a damaged run is announced as absent, its neighbours stay",
                 "[store][salvage][F12]") {
  tuning.run_events = 10;
  open();
  fill(100, 10);
  const Epoch epoch = outbox->status().epoch;
  outbox.reset();
  {  // within the events of one run
    std::ifstream stream(file(), std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(stream)), {});
    const std::size_t at = bytes.find("\x28\xb5\x2f\xfd", bytes.size() / 2);  // a zstd frame
    REQUIRE(at != std::string::npos);
    overwrite(file(), at + 30, "yy");
  }
  open();
  OutboxReader reader = this->reader();
  const auto report = reader.verify({});
  REQUIRE(report.has_value());
  REQUIRE(report->findings.size() == 1);
  CHECK(report->findings[0].place.find("stream sales sequence") != std::string::npos);
  CHECK(is_marked_damaged(options.directory));
  open();
  CHECK(readable().size() == 90);
  CHECK(announced() == 10);
  check_accounted(epoch, 100);
  verify_clean();
  CHECK(fs::exists(file()));
  CHECK(notice().find("10 are lost") != std::string::npos);
}

TEST_CASE_METHOD(SalvageFixture,
                 "F12: a WAL damaged between synced commits is noticed and salvaged",
                 "[store][salvage][F12]") {
  open();
  fill(40, 4);
  const auto before = readable();
  const Epoch epoch = outbox->status().epoch;
  leave_as_killed();
  CHECK_FALSE(DatabasePages::wal_is_cut_within(file()));
  const auto wal_bytes = fs::file_size(file("outbox.db-wal"));
  REQUIRE(wal_bytes > 60'000);
  overwrite(file("outbox.db-wal"), wal_bytes / 3, std::string(64, '\x55'));
  CHECK(DatabasePages::wal_is_cut_within(file()));
  open();
  // One page was hit: at most the runs that stood in it are gone.
  CHECK(readable().size() + 8 >= before.size());
  check_accounted(epoch, 40);
  verify_clean();
}

TEST_CASE_METHOD(SalvageFixture, "F11: a second process does not judge files that are in use",
                 "[store][salvage][F11]") {
  open();
  fill(40, 4);
  overwrite(file("outbox.db-wal"), fs::file_size(file("outbox.db-wal")) / 3, std::string(64, 'x'));
  const auto second = Outbox::open(options, clock);
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == StoreFailure::locked);
  CHECK_FALSE(is_marked_damaged(options.directory));
}

TEST_CASE_METHOD(SalvageFixture, "F13: a WAL that was cut or deleted is noticed",
                 "[store][salvage][F13]") {
  open();
  fill(40, 4);
  const Epoch epoch = outbox->status().epoch;
  leave_as_killed();
  const bool deleted = GENERATE(true, false);
  if (deleted) {
    fs::remove(file("outbox.db-wal"));
  } else {
    fs::resize_file(file("outbox.db-wal"), fs::file_size(file("outbox.db-wal")) / 2);
  }
  open();
  CHECK(outbox->status().epoch != epoch);
  CHECK(head(Stream::sales, epoch).last == 40);
  CHECK(readable().size() + announced() == 40);
  CHECK(announced() > 0);
  check_accounted(epoch, 40);
  verify_clean();
  open();  // and that was it
  CHECK(notice().find("are lost") != std::string::npos);
  CHECK_FALSE(is_marked_damaged(options.directory));
}

TEST_CASE_METHOD(SalvageFixture, "F13: a database that was deleted is noticed",
                 "[store][salvage][F13]") {
  open();
  fill(40, 4);
  const Epoch epoch = outbox->status().epoch;
  outbox.reset();
  for (const char* name : {"outbox.db", "outbox.db-wal"}) fs::remove(file(name));
  open();
  CHECK(head(Stream::sales, epoch).last == 40);
  CHECK(announced() == 40);
  check_accounted(epoch, 40);
}

TEST_CASE_METHOD(SalvageFixture, "F12: a salvage that is killed is done again",
                 "[store][salvage][F12]") {
  open();
  fill(50, 5);
  const auto before = readable();
  outbox.reset();
  mark_damaged(options, "a test");
  std::string folder;
  std::getline(std::ifstream(file("outbox.damaged")) >> std::ws, folder);
  const int stage = GENERATE(0, 1, 2, 3);
  if (stage >= 1) fs::create_directory(file(folder.c_str()));
  if (stage >= 2) fs::rename(file(), file(folder.c_str()) / "outbox.db");
  if (stage >= 3) overwrite(file("outbox.salvaged"), 0, "half of it");
  if (stage >= 3) std::ofstream(file("outbox.salvaged")) << "half of it";
  open();
  CHECK(readable() == before);
  CHECK(fs::exists(file(folder.c_str()) / "outbox.db"));
  CHECK_FALSE(fs::exists(file("outbox.salvaged")));
  CHECK_FALSE(is_marked_damaged(options.directory));
  verify_clean();
}

TEST_CASE_METHOD(SalvageFixture, "F12: random damage: what is left is whole, what is gone is named",
                 "[store][salvage][F12]") {
  const std::uint64_t seed = testing::announced_seed("salvage");
  std::mt19937_64 random(seed);
  for (int round = 0; round < 40; ++round) {
    CAPTURE(seed, round);
    outbox.reset();
    options.directory = directory.path() / ("round-" + std::to_string(round));
    fs::create_directory(options.directory);
    tuning.run_events = 1 + random() % 20;
    tuning.dedup_recent = 64;
    open();
    fill(400, 1 + random() % 20);
    const Epoch epoch = outbox->status().epoch;
    const Sequence accepted = head(Stream::sales).last;
    const Sequence confirmed = 1 + random() % 200;
    confirm(Stream::sales, confirmed);
    if (random() % 2) upkeep();
    const auto before = readable();
    leave_as_killed();
    for (std::uint64_t hit = 0; hit < 1 + random() % 4; ++hit) {
      const fs::path target = file(random() % 3 == 0 ? "outbox.db-wal" : "outbox.db");
      std::error_code none;
      const auto size = fs::file_size(target, none);
      if (none || size < 8192) continue;
      const std::uint64_t page = random() % (size / 4096);
      switch (random() % 3) {
        case 0:
          overwrite(target, page * 4096, std::string(4096, '\0'));
          break;
        case 1:
          overwrite(target, random() % size, std::string(1, static_cast<char>(random())));
          break;
        default:
          fs::resize_file(target, std::max<std::uint64_t>(4096, page * 4096));
      }
    }
    // The agent notices by opening, by reading or by `verify`, and is started again.
    auto opened = Outbox::open(options, clock);
    REQUIRE(opened);
    outbox.emplace(std::move(*opened));
    static_cast<void>(this->reader().verify({}));
    open();
    for (const std::string& event : readable()) CHECK(before.count(event) == 1);
    check_accounted(epoch, accepted, confirmed);
    verify_clean();
    CHECK(put(make_event(100'000 + static_cast<std::uint64_t>(round)))[0].status ==
          ItemStatus::stored);
  }
}
