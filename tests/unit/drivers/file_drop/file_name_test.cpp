#include "drivers/file_drop/file_name.h"

#include <catch2/catch.hpp>
#include <string>

namespace storeward::file_drop {
namespace {

TEST_CASE("names of unfinished files are known by what programs call them") {
  for (const char* name :
       {".hidden", "x.tmp", "x.TMP", "x.part", "x.csv.filepart", "x~", "~$x.xls"})
    CHECK(is_temporary(name));
  for (const char* name : {"x.csv", "tmp", "part.csv", "x.tmp.csv"})
    CHECK_FALSE(is_temporary(name));
}

TEST_CASE("numbers in names are in the order of numbers") {
  CHECK(natural_less("sales9.csv", "sales10.csv"));
  CHECK(natural_less("sales09.csv", "sales10.csv"));
  CHECK_FALSE(natural_less("sales10.csv", "sales9.csv"));
  CHECK_FALSE(natural_less("same", "same"));
  CHECK(natural_less("a99999999999999999999998", "a99999999999999999999999"));
  CHECK(natural_less("", "a"));
}

TEST_CASE("a name is shown without anything that could act", "[F40]") {
  CHECK(shown("plain.csv") == "plain.csv");
  CHECK(shown("two\nlines") == "two\\x0alines");
  CHECK(shown("\x1b[31m") == "\\x1b[31m");
  CHECK(shown("no\xff utf8") == "no\\xff utf8");
  CHECK(shown("back\\slash") == "back\\x5cslash");
  CHECK(shown("Übung.csv") == "Übung.csv");
  CHECK(shown("card 4111111111111111.csv").find("4111111111111111") == std::string::npos);
}

TEST_CASE("a filed name has the content's place, keeps its ending and fits", "[F40]") {
  const std::string hex(64, 'a');
  CHECK(filed_name("sales.csv", hex) == "sales.aaaaaaaaaaaa.csv");
  CHECK(filed_name("noending", hex) == "noending.aaaaaaaaaaaa");
  CHECK(filed_name("..", hex).find('/') == std::string::npos);
  CHECK(filed_name(std::string(255, '\xff'), hex).size() <= 200);
  CHECK(filed_name(std::string(251, 'x') + ".csv", hex).ends_with(".aaaaaaaaaaaa.csv"));
}

TEST_CASE("a pattern does not reach into hidden names") {
  CHECK(matches("*.csv", "a.csv"));
  CHECK_FALSE(matches("*.csv", "a.CSV"));
  CHECK_FALSE(matches("*", ".hidden"));
}

}  // namespace
}  // namespace storeward::file_drop
