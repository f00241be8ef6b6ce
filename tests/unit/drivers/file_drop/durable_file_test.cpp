#include "drivers/file_drop/durable_file.h"

#include <fcntl.h>
#include <catch2/catch.hpp>

#include "drivers/file_drop/descriptor.h"
#include "tests/support/temporary_directory.h"

using namespace storeward;
using namespace storeward::file_drop;

TEST_CASE("what cannot be written is told with its directory", "[F40]") {
  const support::TemporaryDirectory folder;
  const Descriptor directory(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::string name = std::string(300, 'x') + ".csv";  // which no file system takes
  const auto made = DurableFile::create(*directory, name);
  REQUIRE_FALSE(made);
  CHECK(made.error().message ==
        "cannot write " + name + " into " + folder.path().string() + ": File name too long");
}
