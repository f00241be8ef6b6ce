#include "agent/cli/terminal.h"

#include <catch2/catch.hpp>

using namespace storeward::cli;

TEST_CASE("no control character of somebody else's reaches the terminal", "[cli]") {
  CHECK(printable("a\x1b[2Jb\nc\x7f\u009bd") == "a?[2Jb?c??d");
  CHECK(printable_lines("a\nb\rc\x1b") == "a\nb?c?");
  CHECK(printable("Käse £ 2") == "Käse £ 2");
}
