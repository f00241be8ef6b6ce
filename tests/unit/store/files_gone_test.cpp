// Somebody deletes, moves or cuts the files of an outbox that is open (decision 0020).
#include <filesystem>
#include <fstream>

#include "store/rescue.h"
#include "store/salvage.h"
#include "tests/unit/store/outbox_fixture.h"

namespace storeward::store {
namespace {

namespace fs = std::filesystem;

struct FilesGoneFixture : OutboxFixture {
  fs::path home = directory.path() / "home", away = directory.path() / "away";

  FilesGoneFixture() {
    fs::create_directory(home);
    options.directory = home;
    open();
    for (std::uint64_t id = 1; id <= 20; ++id) put(make_event(id));
  }

  // The next one is refused, not stored.
  void check_refused() {
    Batch batch;
    batch.deliveries.emplace_back().items.push_back(make_event(99));
    const auto report = outbox->commit(batch);
    REQUIRE(report);
    CHECK(report.value().outcomes.at(0).at(0).status == ItemStatus::refused);
    CHECK_FALSE(report.value().refusals.at(0).empty());
    CHECK(outbox->status().state == StoreState::damaged);
  }

  StoreError upkeep_until_it_ends() {
    for (int step = 0; step < 100; ++step) {
      const auto done = outbox->maintain();
      if (!done) return done.error();
    }
    FAIL("it does not end");
    return {};
  }
};

TEST_CASE_METHOD(FilesGoneFixture, "F13: an outbox whose files are deleted is written anew",
                 "[store][F13]") {
  const Epoch epoch = outbox->status().epoch;
  for (const char* name : {"outbox.db", "outbox.db-wal", "outbox.db-shm", "outbox.tail", "lock"}) {
    fs::remove(home / name);
  }
  check_refused();
  CHECK(upkeep_until_it_ends().kind == StoreFailure::io);
  CHECK(fs::exists(home / rescued_name));
  open();
  CHECK(outbox->status().epoch != epoch);
  CHECK(outbox->status().streams.back().stream.epoch == epoch);
  CHECK(put(make_event(20)).at(0).status == ItemStatus::duplicate);
  CHECK(salvage_notice(home)->find("nothing is lost") != std::string::npos);
}

TEST_CASE_METHOD(FilesGoneFixture, "F13: a directory that comes back is as if it had never gone",
                 "[store][F13]") {
  fs::rename(home, away);
  check_refused();
  CHECK(outbox->maintain());
  CHECK(outbox->status().files_gone.find((away / "outbox.db").string()) != std::string::npos);
  fs::rename(away, home);
  CHECK(put(make_event(21)).at(0).status == ItemStatus::stored);
  CHECK(outbox->status().state == StoreState::ok);
  CHECK_FALSE(outbox->close([] {}));
}

TEST_CASE_METHOD(FilesGoneFixture, "F13: nothing is written into another agent's directory",
                 "[store][F13]") {
  fs::rename(home, away);
  fs::create_directory(home);
  const auto other = Outbox::open(options, clock);
  REQUIRE(other);
  check_refused();
  CHECK(outbox->maintain());
  CHECK(outbox->status().files_gone.find("in use by process") != std::string::npos);
  outbox.reset();  // and takes nothing with it
  CHECK(fs::file_size(home / "outbox.db-wal") > 0);
  CHECK_FALSE(fs::exists(home / rescued_name));
}

TEST_CASE_METHOD(FilesGoneFixture, "F13: what is held is written anew before the end",
                 "[store][F13]") {
  fs::remove(home / "outbox.db-wal");
  const auto failure = outbox->close([] {});
  REQUIRE(failure);
  CHECK(failure->message.find(rescued_name) != std::string::npos);
  open();
  CHECK(put(make_event(20)).at(0).status == ItemStatus::duplicate);
}

TEST_CASE_METHOD(FilesGoneFixture, "F12: a WAL that is cut while it is open is damage",
                 "[store][F12]") {
  fs::resize_file(home / "outbox.db-wal", fs::file_size(home / "outbox.db-wal") / 2);
  Batch batch;
  batch.deliveries.emplace_back().items.push_back(make_event(99));
  const auto report = outbox->commit(batch);
  REQUIRE_FALSE(report);
  CHECK(report.error().kind == StoreFailure::corrupt);
  open();
  CHECK(salvage_notice(home)->find("are lost") != std::string::npos);
}

}  // namespace
}  // namespace storeward::store
