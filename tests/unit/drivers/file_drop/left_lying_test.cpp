#include "drivers/file_drop/left_lying.h"

#include <catch2/catch.hpp>

#include "drivers/file_drop/health_words.h"

namespace storeward::file_drop {
namespace {

using namespace std::chrono_literals;

constexpr Instant start{};

TEST_CASE("a file that lies there and is not read is told after a minute, until it has gone",
          "[F38]") {
  LeftLying files;
  files.saw("a", start);
  files.end_round();
  files.saw("a", start + 30s);
  files.saw("b", start + 30s);
  files.end_round();
  CHECK_FALSE(files.longest(start + 59s));
  const auto one = files.longest(start + 60s);
  REQUIRE(one);
  CHECK(one->name == "a");
  CHECK(one->since == start);
  CHECK(one->files == 1);
  CHECK(files.longest(start + 90s)->files == 2);
  files.saw("b", start + 91s);
  files.end_round();
  CHECK(files.longest(start + 92s)->name == "b");
  files.end_round();
  CHECK_FALSE(files.longest(start + 93s));
}

TEST_CASE("of the files that lie there no more than a hundred are known by name", "[F38]") {
  LeftLying files;
  for (std::size_t i = 0; i < LeftLying::most + 5; ++i) files.saw(std::to_string(i), start);
  CHECK(files.full());
  CHECK(files.longest(start + 60s)->files == LeftLying::most);
}

TEST_CASE("the words about a file that lies there say why it is not read", "[F38]") {
  const WallTime wall = std::chrono::sys_days(std::chrono::year(2026) / 11 / 20) + 9h;
  const Lying file{.name = "SALES.CSV", .since = start, .files = 3};
  CHECK(words_about_unmarked(file, start + 15min, wall, ".done") ==
        "SALES.CSV has been waiting since 2026-11-20T08:45:00.000Z for its marker SALES.CSV.done; "
        "like this wait 2 more. If the source writes no such files, take marker out of the "
        "configuration");
  CHECK(words_about_unmatched({.name = "SALES.CSV", .since = start, .files = 1}, start + 15min,
                              wall, "*.csv") ==
        "SALES.CSV has been lying there since 2026-11-20T08:45:00.000Z and is not read, for its "
        "name does not fit pattern = \"*.csv\" (upper and lower case are told apart)");
}

}  // namespace
}  // namespace storeward::file_drop
