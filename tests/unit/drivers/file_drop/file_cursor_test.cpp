#include "drivers/file_drop/file_cursor.h"

#include <catch2/catch.hpp>

namespace storeward::file_drop {
namespace {

TEST_CASE("a cursor reads back as it was written", "[F39]") {
  const FileCursor cursor{.state = FileState::failed,
                          .records = 4711,
                          .offset = 5'000'000'000,
                          .attempts = 2,
                          .tally = {.events = 4700, .duplicates = 3, .exceptions = 5, .ignored = 6},
                          .inode = ~0ull,
                          .mtime_ns = -1,
                          .name = "a name with blanks.csv"};
  CHECK(parse_cursor(to_text(cursor)) == cursor);
  CHECK(parse_cursor(to_text({})) == FileCursor{});
}

TEST_CASE("a cursor tells of records that no exception holds, and reads as one did before",
          "[F39]") {
  FileCursor cursor{.state = FileState::done, .name = "a.csv"};
  cursor.tally.exceptions = 12;
  CHECK(to_text(cursor) == "done 0 0 0 0 0 12 0 0 0 a.csv");
  CHECK(is_whole(cursor));
  cursor.tally.unkept = 3;
  CHECK(parse_cursor(to_text(cursor)) == cursor);
  CHECK_FALSE(is_whole(cursor));
}

TEST_CASE("what is no cursor is not taken for one") {
  for (const char* text :
       {"", "reading", "reading 1 2", "paused 0 0 0 0 0 0 0 0 0 x", "done 0 0 0 0 0 0 0 0 zero x",
        "done -1 0 0 0 0 0 0 0 0 x", "done 0 0 0 0 0 5/ 0 0 0 x"}) {
    CHECK_FALSE(parse_cursor(text));
  }
}

}  // namespace
}  // namespace storeward::file_drop
