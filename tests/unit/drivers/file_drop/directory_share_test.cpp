#include "drivers/file_drop/directory_share.h"

#include <catch2/catch.hpp>

namespace storeward::file_drop {
namespace {

// Whose each name is, as the drivers see it: the number of one of them, 0 nobody's.
int owner(const std::vector<FilesMeant>& drivers, const std::string& name) {
  int found = 0;
  for (std::size_t own = 0; own < drivers.size(); ++own) {
    const DirectoryShare share(drivers, own);
    CHECK_FALSE((share.is_ours(name) && share.is_anothers(name)));
    if (!share.is_ours(name)) continue;
    CHECK(found == 0);
    found = static_cast<int>(own) + 1;
  }
  return found;
}

TEST_CASE("a file is the first driver's whose pattern it fits", "[F38]") {
  const std::vector<FilesMeant> drivers = {{"sales*", ".done"}, {"*.csv", ""}, {"*", ""}};
  CHECK(owner(drivers, "sales.csv") == 1);
  CHECK(owner(drivers, "sales.csv.done") == 1);
  CHECK(owner(drivers, "stock.csv") == 2);
  CHECK(owner(drivers, "stock.csv.done") == 3);
  CHECK(owner({{"sales*", ".done"}, {"*.done", ""}}, "sales.csv.done") == 1);
  CHECK(owner({{"sales*", ""}, {"*.csv", ""}}, "stock.txt") == 0);
}

TEST_CASE("a file taken aside is the driver's that took it, or the first one's", "[F38]") {
  const std::vector<FilesMeant> drivers = {{"sales*", ""}, {"*.csv", ""}};
  CHECK(owner(drivers, ".storeward-taken.stock.csv") == 2);
  CHECK(owner(drivers, ".storeward-taken.stock.txt") == 1);
}

TEST_CASE("the text of a share tells it from any other", "[F38]") {
  const std::vector<FilesMeant> drivers = {{"sales*", ".done"}, {"*.csv", ""}};
  const std::string text = DirectoryShare(drivers, 0).text();
  CHECK(text == DirectoryShare(drivers, 1).text());
  CHECK(text != DirectoryShare({drivers[1], drivers[0]}, 0).text());
  CHECK(text != DirectoryShare({{"sales*", ""}, {"*.csv", ""}}, 0).text());
  CHECK(DirectoryShare::patterns_in(text) == "\"sales*\", \"*.csv\"");
}

}  // namespace
}  // namespace storeward::file_drop
