#include "drivers/file_drop/waiting_files.h"

#include <catch2/catch.hpp>
#include <chrono>

namespace storeward::file_drop {
namespace {

using namespace std::chrono_literals;

const Instant start{1h};

FileIdentity identity(std::uint64_t size, std::int64_t mtime_ns = 0) {
  return {.device = 1, .inode = size, .size = size, .mtime_ns = mtime_ns};
}

TEST_CASE("a file is finished when it has not changed for its time, seen twice", "[F38]") {
  WaitingFiles files(5s, 10);
  files.saw("a", identity(1), false, start);
  CHECK(files.finished(start + 1h).empty());  // seen once only
  files.saw("a", identity(1), false, start + 4s);
  CHECK(files.finished(start + 4s).empty());
  CHECK(files.finished(start + 5s).size() == 1);
}

TEST_CASE("a file that grows begins to wait anew", "[F38]") {
  WaitingFiles files(5s, 10);
  files.saw("a", identity(1), false, start);
  files.saw("a", identity(2), false, start + 4s);
  files.saw("a", identity(2), false, start + 8s);
  CHECK(files.finished(start + 8s).empty());
  CHECK(files.finished(start + 9s).size() == 1);
}

TEST_CASE("where markers are agreed nothing is finished without one", "[F38]") {
  WaitingFiles files(std::nullopt, 10);
  files.saw("a", identity(1), false, start);
  files.saw("a", identity(1), false, start + 1h);
  CHECK(files.finished(start + 2h).empty());
  files.saw("a", identity(1), true, start + 2h);
  CHECK(files.finished(start + 2h).size() == 1);
}

TEST_CASE("no more files are known than there is room for", "[F40]") {
  WaitingFiles files(0s, 2);
  for (const char* name : {"a", "b", "c"}) files.saw(name, identity(1), false, start);
  CHECK(files.full());
  CHECK_FALSE(files.knows("c"));
  files.forget("a");
  files.saw("c", identity(1), false, start);
  CHECK(files.knows("c"));
}

TEST_CASE("the oldest file is first, then the order of names; one put off comes later") {
  WaitingFiles files(0s, 10);
  files.saw("10", identity(1, 5), false, start);
  files.saw("9", identity(1, 5), false, start);
  files.saw("old", identity(1, 1), false, start);
  files.saw("off", identity(1, 0), false, start);
  files.put_off("off", start + 30s);
  const auto finished = files.finished(start);
  REQUIRE(finished.size() == 3);
  CHECK(finished[0].name == "old");
  CHECK(finished[1].name == "9");
  CHECK(files.finished(start + 30s).size() == 4);
}

TEST_CASE("a file that makes trouble is tried ever later, and at once when it is another") {
  WaitingFiles files(0s, 10);
  files.saw("a", identity(1), false, start);
  Instant now = start;
  for (const auto pause : {30s, 60s, 120s, 240s, 480s, 600s, 600s}) {
    files.put_off_for_trouble("a", now);
    CHECK(files.finished(now + pause - 1s).empty());
    CHECK(files.finished(now + pause).size() == 1);
    now += pause;
  }
  files.put_off_for_trouble("a", now);
  files.saw("a", identity(2), false, now);
  CHECK(files.finished(now).size() == 1);
}

}  // namespace
}  // namespace storeward::file_drop
