#include "store/database_room.h"

#include <sys/stat.h>

#include <fstream>

#include "tests/unit/store/outbox_fixture.h"

using namespace storeward;
using namespace storeward::store;

namespace {

struct FileRoom {
  std::uint64_t size = 0, held = 0;
};

FileRoom room_of(const std::filesystem::path& path) {
  struct stat file {};
  REQUIRE(stat(path.c_str(), &file) == 0);
  return {static_cast<std::uint64_t>(file.st_size),
          static_cast<std::uint64_t>(file.st_blocks) * 512};
}

}  // namespace

TEST_CASE("room is held behind the end of the file, which stays where it is", "[store][F7]") {
  const TemporaryDirectory directory;
  const std::filesystem::path path = directory.path() / "file";
  std::ofstream(path) << std::string(10'000, 'x');
  DatabaseRoom room(path);
  REQUIRE(room.hold(1 << 20));
  CHECK(room_of(path).size == 10'000);
  CHECK(room_of(path).held >= 1 << 20);
  std::filesystem::resize_file(path, 10'000);  // as a checkpoint ends
  room.forget();
  REQUIRE(room.hold(2 << 20));
  CHECK(room_of(path).held >= 2 << 20);
}

TEST_CASE_METHOD(OutboxFixture, "what a checkpoint will write has its room before the commit",
                 "[store][F7]") {
  tuning.checkpoint_pages = tuning.checkpoint_at_commit_pages = 1 << 20;  // never
  open();
  for (std::uint64_t id = 1; id <= 200; ++id) put(make_event(id));
  const FileRoom room = room_of(directory.path() / "outbox.db");
  CHECK(outbox->status().bytes > room.size);
  CHECK(room.held >= outbox->status().bytes);
}
