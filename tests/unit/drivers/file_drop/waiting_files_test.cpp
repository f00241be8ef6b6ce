#include "drivers/file_drop/waiting_files.h"

#include <catch2/catch.hpp>
#include <chrono>

#include "drivers/file_drop/health_words.h"

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

TEST_CASE("a file that is left is not finished again until it is another", "[F38]") {
  WaitingFiles files(0s, 10);
  files.saw("a", identity(1), false, start);
  files.leave("a");
  files.saw("a", identity(1), false, start + 240h);
  CHECK(files.finished(start + 240h).empty());
  CHECK_FALSE(files.longest_unfinished(start + 240h));
  files.saw("a", identity(2), false, start + 241h);
  CHECK(files.finished(start + 241h).size() == 1);
}

TEST_CASE("a file that is held open is told, with the time since when it has been waiting",
          "[F38]") {
  WaitingFiles files(5s, 10);
  files.saw("a", identity(1), false, start);
  files.saw("a", identity(1), false, start + 5s);
  CHECK_FALSE(files.longest_unfinished(start + 5s));
  files.put_off_as_open("a", start + 10s);
  files.saw("b", identity(1), false, start + 7s);
  files.put_off_as_open("b", start + 12s);
  const auto longest = files.longest_unfinished(start + 8s);
  REQUIRE(longest);
  CHECK(longest->name == "a");
  CHECK(longest->since == start);
  CHECK(longest->open);
  CHECK(longest->files == 2);
  files.saw("a", identity(2), false, start + 9s);  // it is written on
  CHECK(files.longest_unfinished(start + 9s)->since == start);
  files.put_off("a", start + 20s);
  files.forget("b");
  CHECK_FALSE(files.longest_unfinished(start + 20s));
}

TEST_CASE("a file that changes again and again is told when it has had its time", "[F38]") {
  WaitingFiles files(5s, 10);
  for (std::uint64_t second = 0; second < 65; ++second) {
    files.saw("a", identity(second), false, start + std::chrono::seconds(second));
  }
  CHECK_FALSE(files.longest_unfinished(start + 64s));
  files.saw("a", identity(65), false, start + 65s);
  const auto longest = files.longest_unfinished(start + 65s);
  REQUIRE(longest);
  CHECK(longest->since == start);
  CHECK_FALSE(longest->open);
}

TEST_CASE("the words about a waiting file name it, the time and the next step", "[F38]") {
  const WallTime wall = std::chrono::sys_days(std::chrono::year(2026) / 11 / 20) + 9h;
  const Unfinished open{.name = "a\n.csv", .since = start, .open = true, .files = 1};
  const std::string words = words_about(open, start + 15min, wall, 5s);
  CHECK(
      words.starts_with("a\\x0a.csv has been waiting since 2026-11-20T08:45:00.000Z: a program "
                        "has it open for writing"));
  CHECK(words.find("let the source begin a new file, or rename it") != std::string::npos);
  const Unfinished changing{.name = "b", .since = start, .open = false, .files = 3};
  CHECK(words_about(changing, start, wall, 5s).find("not changed for 5 s; like this wait 2 more") !=
        std::string::npos);
}

}  // namespace
}  // namespace storeward::file_drop
