#include "agent/core/csv_text.h"

#include <catch2/catch.hpp>

using storeward::append_csv_field;

namespace {

std::string written(std::string_view field, char delimiter = ',') {
  std::string line;
  append_csv_field(line, field, delimiter);
  return line;
}

}  // namespace

TEST_CASE("a field that a spreadsheet would calculate is written as text", "[csv][F42]") {
  CHECK(written("=1+1") == "'=1+1");
  CHECK(written("+49 30 1") == "'+49 30 1");
  CHECK(written("-2+3+cmd|' /C calc'!A0") == "\"'-2+3+cmd|' /C calc'!A0\"");
  CHECK(written("@SUM(A1)") == "'@SUM(A1)");
  CHECK(written("\t=1") == "\"'\t=1\"");
  CHECK(written("\r=1") == "\"'\r=1\"");
  CHECK(written("=HYPERLINK(\"http://x\",\"y\")") == "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
  CHECK(written("-") == "'-");
  CHECK(written("-1-1") == "'-1-1");
  CHECK(written("-.5") == "'-.5");
}

TEST_CASE("a negative amount stays a number", "[csv]") {
  CHECK(written("-12.50") == "-12.50");
  CHECK(written("-7") == "-7");
}

TEST_CASE("fields are quoted where they must be", "[csv]") {
  CHECK(written("") == "");
  CHECK(written("plain text") == "plain text");
  CHECK(written("a,b") == "\"a,b\"");
  CHECK(written("a:b", ':') == "\"a:b\"");
  CHECK(written("say \"x\"") == "\"say \"\"x\"\"\"");
  CHECK(written("two\nlines") == "\"two\nlines\"");
  CHECK(written(" x") == "\" x\"");
}
