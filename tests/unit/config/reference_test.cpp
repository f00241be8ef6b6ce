#include "config/reference.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

using namespace storeward;

TEST_CASE("docs/configuration.md says what the program knows", "[config]") {
  std::ifstream page(STOREWARD_SOURCE_DIR "/docs/configuration.md");
  std::ostringstream text;
  text << page.rdbuf();
  // To mend it: storeward config reference > docs/configuration.md
  CHECK(text.str() == config::reference_page());
}
