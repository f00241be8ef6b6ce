#include "drivers/file_drop/failed_files.h"

#include <catch2/catch.hpp>

#include <fstream>

#include "tests/support/temporary_directory.h"

using namespace storeward;
using namespace storeward::file_drop;

namespace {

struct Folder {
  Folder() {
    auto made = DropDirectory::open(folder.path(), false);
    REQUIRE(made);
    directory.emplace(std::move(*made));
    std::filesystem::create_directory(folder.path() / "failed");
  }

  void fail(const std::string& name) {
    std::ofstream(folder.path() / "failed" / (name + ".reason.txt")) << "why";
  }

  FailedFiles counted(std::size_t most = 1'000) { return count.of(*directory, most, now); }

  support::TemporaryDirectory folder;
  std::optional<DropDirectory> directory;
  FailedCount count;
  Instant now{Millis{1'000'000}};
};

}  // namespace

TEST_CASE("what lies in failed/ is counted again only where the folder has changed") {
  Folder folder;
  folder.fail("a.csv");
  CHECK(folder.counted().count == 1);
  folder.now += Millis{5'000};
  CHECK(folder.counted().count == 1);
  folder.now += Millis{5'000};
  CHECK_FALSE(folder.counted(0).more);  // it would say that there is more than nothing
  folder.fail("b.csv");
  CHECK(folder.counted().count == 2);
  CHECK(folder.counted().first == "a.csv");
  std::filesystem::remove_all(folder.folder.path() / "failed");
  CHECK(folder.counted().count == 0);
}

TEST_CASE("the count is not relied on while a further change could have the time of the last one") {
  Folder folder;
  for (const char* const name : {"a.csv", "b.csv"}) {
    folder.fail(name);
    CHECK_FALSE(folder.counted().more);
    folder.now += Millis{2'000};
    CHECK(folder.counted(0).more);  // counted again
    folder.now += Millis{1};
    CHECK_FALSE(folder.counted().more);
    folder.now += Millis{1};
    CHECK_FALSE(folder.counted(0).more);  // known
  }
}
