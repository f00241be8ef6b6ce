#include "agent/base/program_pages.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <string>

using namespace storeward;

namespace {

// Of the files that this process has mapped, in KiB.
long resident_file_pages() {
  std::ifstream status("/proc/self/status");
  for (std::string name; status >> name;) {
    long kib = 0;
    if (name == "RssFile:" && status >> kib) return kib;
  }
  return -1;
}

}  // namespace

TEST_CASE("what only the start needed of the program does not stay in memory", "[memory]") {
  const long before = resident_file_pages();
  REQUIRE(before > 0);
  release_program_pages();
  const long after = resident_file_pages();
  INFO(before << " KiB before, " << after << " KiB after");
  CHECK(after < before / 2);
}
