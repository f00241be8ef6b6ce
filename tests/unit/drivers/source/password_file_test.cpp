#include "drivers/source/password_file.h"

#include <catch2/catch.hpp>

#include <fstream>

#include "tests/support/temporary_directory.h"

using namespace storeward;
using namespace storeward::source;

TEST_CASE("A password that cannot be read is no empty password", "[source]") {
  const support::TemporaryDirectory directory;
  const auto file = directory.path() / "secret";
  CHECK(password_in("").value().empty());
  CHECK_THAT(password_in(file.string()).error().message,
             Catch::StartsWith("the password file " + file.string() +
                               " cannot be read: No such file or directory; it must be readable"));
  std::ofstream(file) << "\n\n";
  CHECK_THAT(password_in(file.string()).error().message,
             Catch::Contains("its first line is empty"));
  std::ofstream(file) << "swordfish\r\nmore\n";
  CHECK(password_in(file.string()).value() == "swordfish");
}
