#include "drivers/file_drop/drop_directory.h"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <set>
#include <thread>

#include "drivers/file_drop/drop_lock.h"
#include "drivers/file_drop/put_away.h"
#include "tests/support/temporary_directory.h"

using namespace storeward;
using namespace storeward::file_drop;

namespace {

DropDirectory opened(const support::TemporaryDirectory& folder) {
  auto directory = DropDirectory::open(folder.path(), false);
  REQUIRE(directory);
  return std::move(*directory);
}

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path) << text;
}

}  // namespace

TEST_CASE("a file that is held open for writing is told, where the file system can", "[F38]") {
  const support::TemporaryDirectory folder;
  write(folder.path() / "a", "x");
  const DropDirectory directory = opened(folder);
  const auto reading = directory.open_file("a");
  REQUIRE(reading);
  CHECK_FALSE(is_being_written(**reading));
  const Descriptor writer(::open((folder.path() / "a").c_str(), O_WRONLY));
  CHECK(is_being_written(**reading));
}

// The kernel signals whoever holds a lease; SIGIO would end the process.
TEST_CASE("who opens a file for writing while it is looked at does not end the agent", "[F38]") {
  const support::TemporaryDirectory folder;
  write(folder.path() / "a", "x");
  const DropDirectory directory = opened(folder);
  const auto reading = directory.open_file("a");
  REQUIRE(reading);
  std::atomic<bool> enough{false};
  std::thread source([&] {
    while (!enough) const Descriptor writer(::open((folder.path() / "a").c_str(), O_WRONLY));
  });
  for (int look = 0; look < 400'000; ++look) is_being_written(**reading);
  enough = true;
  source.join();
}

TEST_CASE("nothing but a file of one name is opened", "[F40]") {
  const support::TemporaryDirectory folder;
  const auto path = [&folder](const char* name) { return (folder.path() / name).string(); };
  write(path("file"), "x");
  std::filesystem::create_symlink("file", path("link"));
  std::filesystem::create_directory(path("folder"));
  REQUIRE(::mkfifo(path("fifo").c_str(), 0600) == 0);
  write(path("first"), "x");
  std::filesystem::create_hard_link(path("first"), path("second"));
  const DropDirectory directory = opened(folder);
  CHECK(directory.look("file").kind == Seen::file);
  CHECK(directory.open_file("file"));
  CHECK(directory.look("folder").kind == Seen::directory);
  for (const char* name : {"link", "fifo", "first", "second"}) {
    CHECK(directory.look(name).kind == Seen::refused);
  }
  for (const char* name : {"link", "fifo", "first", "folder", "missing", ".."}) {
    CHECK_FALSE(directory.open_file(name));
  }
}

TEST_CASE("a look goes at no more entries than it may, and goes on where it was", "[F40]") {
  const support::TemporaryDirectory folder;
  for (int i = 0; i < 100; ++i) write(folder.path() / std::to_string(i), "");
  DropDirectory directory = opened(folder);
  std::multiset<std::string> seen;
  int looks = 0;
  for (bool all = false; !all; ++looks) {
    std::size_t entries = 0;
    const auto scanned = directory.scan(30, [&](const std::string& name) {
      seen.insert(name);
      ++entries;
    });
    REQUIRE(scanned);
    CHECK(entries <= 30);
    all = *scanned;
  }
  CHECK(looks == 4);
  CHECK(seen.size() == 104);  // with . and .., done and failed
  CHECK(seen.count("57") == 1);
}

TEST_CASE("an empty directory in the place of one that was used is another one", "[F40]") {
  const support::TemporaryDirectory folder;
  CHECK_FALSE(DropDirectory::open(folder.path(), true));
  CHECK(DropDirectory::open(folder.path(), false));
  CHECK(DropDirectory::open(folder.path(), true));
}

TEST_CASE("a new file under the name of one that has been read stays", "[F38]") {
  const support::TemporaryDirectory folder;
  write(folder.path() / "a", "first");
  const DropDirectory directory = opened(folder);
  const auto file = directory.open_file("a");
  REQUIRE(file);
  const FileIdentity identity = *identity_of(**file);
  write(folder.path() / "new", "second");
  std::filesystem::rename(folder.path() / "new", folder.path() / "a");
  const auto taken = take_out({directory, "a", **file, identity, ""});
  REQUIRE(taken);
  CHECK_FALSE(*taken);
  CHECK(std::filesystem::exists(folder.path() / "a"));
}

TEST_CASE("a directory is had by one reader for each pattern", "[F38]") {
  const support::TemporaryDirectory folder;
  const DropDirectory directory = opened(folder);
  const std::vector<FilesMeant> both = {{"*.csv", ""}, {"*.xml", ""}};
  const DirectoryShare csv(both, 0), xml(both, 1);
  auto first = DropLock::take(directory, csv);
  REQUIRE(first);
  CHECK(first->held());
  CHECK(DropLock::take(directory, xml));
  const auto second = DropLock::take(opened(folder), csv);
  REQUIRE_FALSE(second);
  CHECK(second.error().message.find("another agent or driver reads " + folder.path().string() +
                                    " with pattern = \"*.csv\"") == 0);
  CHECK(first->still_there());
  std::filesystem::remove(folder.path() / "done/.storeward.lock");
  CHECK_FALSE(first->still_there());
  first = DropLock::take(directory, csv);
  REQUIRE(first);
  CHECK_FALSE(DropLock::take(opened(folder), csv));
  { const DropLock given_back = std::move(*first); }
  CHECK(DropLock::take(directory, csv));
}

TEST_CASE("a directory is shared in one way at a time", "[F38]") {
  const support::TemporaryDirectory folder;
  const DropDirectory directory = opened(folder);
  auto sharing = DropLock::take(directory, DirectoryShare({{"sales*", ""}, {"*", ".done"}}, 1));
  REQUIRE(sharing);
  // Patterns of which nobody knows what they have in common.
  for (const DirectoryShare& other :
       {DirectoryShare({{"*.csv", ""}}, 0), DirectoryShare({{"sales*", ""}}, 0),
        DirectoryShare({{"sales*", ""}, {"*", ""}}, 0)}) {
    const auto refused = DropLock::take(opened(folder), other);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("another agent or driver reads " + folder.path().string() +
                                       " with pattern = \"sales*\", \"*\" (it holds") == 0);
  }
  { const DropLock given_back = std::move(*sharing); }
  CHECK(DropLock::take(directory, DirectoryShare({{"*.csv", ""}}, 0)));
}
