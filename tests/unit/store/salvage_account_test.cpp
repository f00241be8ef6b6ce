// FAULTS F12, F13: what a salvage says of the events that are gone: lost, safe at the hub,
// another's.
#include <catch2/catch.hpp>

#include <random>

#include "store/sqlite.h"
#include "tests/unit/store/salvage_fixture.h"

using namespace storeward;
using namespace storeward::store;

namespace {

// Large also when it is folded: a WAL of them has many pages.
Event bulky(std::uint64_t id) {
  Event event = make_event(id, Stream::sales, 1, 3000);
  std::mt19937_64 random(id);
  for (char& byte : event.bytes) {
    if (byte == 'x') byte = static_cast<char>('A' + random() % 26);
  }
  return event;
}

}  // namespace

TEST_CASE_METHOD(SalvageFixture, "F12: what was never confirmed is not told as pruned",
                 "[store][salvage][F12]") {
  open();
  const Sequence confirmed = GENERATE(0, 7);
  CAPTURE(confirmed);
  if (confirmed > 0) {
    fill(10, 1);
    confirm(Stream::sales, confirmed);
    open();  // what there was stands in the file
  }
  const Sequence before = confirmed > 0 ? 10 : 0;
  for (Sequence id = before + 1; id <= 60; ++id) put(bulky(id));
  const Epoch epoch = outbox->status().epoch;
  leave_as_killed();
  const auto wal_bytes = fs::file_size(file("outbox.db-wal"));
  overwrite(file("outbox.db-wal"), 32, std::string(wal_bytes / 2, '\0'));
  if (confirmed > 0) overwrite(file(), 0, std::string(fs::file_size(file()), '\0'));
  open();
  check_accounted(epoch, 60, confirmed);
  CHECK(readable().size() > 0);
  CHECK(announced() > 0);
  CHECK(announced() + readable().size() == 60 - confirmed);
  CHECK(notice().find(std::to_string(announced()) + " are lost") != std::string::npos);
  if (confirmed > 0) {
    CHECK(notice().find("7 are not in the outbox any more, and safe: the hub has confirmed them") !=
          std::string::npos);
  }
  verify_clean();
}

TEST_CASE_METHOD(SalvageFixture, "F12: a lost cursor is known from the note of the ends",
                 "[store][salvage][F12]") {
  options.keep = std::chrono::hours(0);
  open();
  fill(100, 10);
  confirm(Stream::sales, 50);
  upkeep();
  put(make_event(101, Stream::sales, 1, 300));
  const Epoch epoch = outbox->status().epoch;
  REQUIRE(head(Stream::sales).first == 51);
  outbox.reset();
  overwrite(file(), 0, std::string(4096, '\0'));
  open();
  check_accounted(epoch, 101, 50);
  CHECK(readable().size() == 51);
  CHECK(announced() == 0);
  const StreamHead old = head(Stream::sales, epoch);
  CHECK(old.first == 51);
  CHECK(old.confirmed == 50);
  CHECK(notice().find("none") != std::string::npos);
  verify_clean();
}

TEST_CASE_METHOD(SalvageFixture, "F12: without a note of the ends confirmed events may be lost",
                 "[store][salvage][F12]") {
  options.keep = std::chrono::hours(0);
  open();
  fill(100, 10);
  confirm(Stream::sales, 50);
  upkeep();
  const Epoch epoch = outbox->status().epoch;
  outbox.reset();
  fs::remove(file("outbox.tail"));
  {
    Connection db(file(), Connection::Mode::read_write, "");
    db.execute("UPDATE stream SET crc=0");
  }
  open();
  CHECK(readable().size() == 50);
  CHECK(announced() == 50);
  check_accounted(epoch, 100);  // sent again is better than lost, and so is told as lost
  CHECK(notice().find("Up to 50 may be lost") != std::string::npos);
  CHECK(notice().find("none") == std::string::npos);
  CHECK(notice().find("outbox.tail is missing") != std::string::npos);
  verify_clean();
}

TEST_CASE_METHOD(SalvageFixture, "F13: a WAL of another agent is refused, also half a database's",
                 "[store][salvage][F13]") {
  options.source_root = "/t/s/a/";
  open();
  const bool checkpointed = GENERATE(true, false);
  const bool noted = !checkpointed || GENERATE(true, false);
  CAPTURE(checkpointed, noted);
  if (checkpointed) {
    fill(40, 4);
    confirm(Stream::sales, 10);
    open();
  }
  for (std::uint64_t id = 41; id <= 60; ++id) put(make_event(id));
  const Epoch epoch = outbox->status().epoch;
  const Sequence accepted = head(Stream::sales).last;
  const fs::path ours = options.directory;
  leave_as_killed();
  for (const auto& left : fs::directory_iterator(options.directory)) {  // into the same files
    fs::copy_file(left, ours / left.path().filename(), fs::copy_options::overwrite_existing);
  }

  options.directory = directory.path() / "other";
  options.seed = 2;
  fs::create_directory(options.directory);
  open();
  for (std::uint64_t id = 1001; id <= 1012; ++id) {
    Event event = make_event(id);
    event.bytes.replace(event.bytes.find("/t/s/a/"), 7, "/t/s/b/");
    put(std::move(event));
  }
  const Epoch other = outbox->status().epoch;
  fs::copy_file(file("outbox.db-wal"), ours / "outbox.db-wal",
                fs::copy_options::overwrite_existing);
  outbox.reset();

  options.directory = ours;
  options.seed = 3;
  if (!noted) {
    fs::remove(file("outbox.tail"));
    mark_damaged(options, "a test");
  }
  open();
  CHECK(outbox->status().epoch != epoch);
  for (const std::string& event : readable()) CHECK(event.find("/t/s/b/") == std::string::npos);
  for (const StreamState& state : outbox->status().streams) CHECK(state.stream.epoch != other);
  CHECK(notice().find("12 are of another agent or another outbox") != std::string::npos);
  if (noted) {
    check_accounted(epoch, accepted, checkpointed ? 10 : 0);
    CHECK(notice().find("20 are lost") != std::string::npos);
  }
  CHECK(readable().size() == (checkpointed ? 40 : 0));
  verify_clean();
}
