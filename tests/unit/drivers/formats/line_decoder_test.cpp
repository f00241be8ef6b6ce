#include <catch2/catch.hpp>

#include "tests/unit/drivers/formats/decoded_rows.h"

using storeward::FormatOptions;
using storeward::testing::decoded;
using storeward::testing::refusal;
using storeward::testing::texts;
using Texts = std::vector<std::string>;

namespace {

const FormatOptions lines{.kind = "lines"};

FormatOptions fixed(std::vector<storeward::FixedColumn> columns) {
  return {.kind = "fixed", .fixed = std::move(columns)};
}

}  // namespace

TEST_CASE("each line is one record", "[lines]") {
  CHECK(texts(lines, "]E04012345000016\r\n\"a,b\n\n x \n") ==
        Texts{"line=]E04012345000016", "line=\"a,b", "line= x "});
  CHECK(texts(lines, "\xEF\xBB\xBFone") == Texts{"line=one"});
  const FormatOptions small{.kind = "lines", .max_record_bytes = 4};
  CHECK(texts(small, "12345\n1234\n") ==
        Texts{"fault: line 1: the row is longer than 4 bytes", "line=1234"});
  CHECK(refusal({.kind = "lines", .group_by = {"x"}}).find("format.group_by") == 0);
}

TEST_CASE("columns are cut by their position", "[fixed]") {
  const auto options = fixed({{"sku", 1, 4}, {"name", 5, 6}, {"qty", 11, 3}});
  CHECK(texts(options, "A1  Nail  012\n") == Texts{"sku=A1 name=Nail qty=012"});
  CHECK(texts(options, "A1  Na\nA1\n") == Texts{"sku=A1 name=Na", "sku=A1"});
  CHECK(texts(options, "    x\n") == Texts{"sku= name=x"});
  CHECK(texts(fixed({{"b", 3, 2}, {"all", 1, 9}}), "1234\n") == Texts{"b=34 all=1234"});
}

TEST_CASE("a line that ends within a number may have been cut off, and says so", "[fixed]") {
  const auto options = fixed({{"name", 1, 8}, {"amount", 9, 8}});
  const auto warnings = [&](const char* line) { return decoded(options, line).front().warnings; };
  CHECK(warnings("Coffee  00012500").empty());
  CHECK(warnings("Coffee").empty());
  CHECK(warnings("Coffee  ").empty());
  CHECK(warnings("Coffee  000125") ==
        Texts{"a line ends within the column \"amount\": what is missing was taken for blanks"});
}

TEST_CASE("positions count characters, not bytes", "[fixed]") {
  const auto options = fixed({{"name", 1, 4}, {"qty", 5, 2}});
  CHECK(texts(options, "K\xC3\xA4se12\n") == Texts{"name=K\xC3\xA4se qty=12"});
  FormatOptions western = options;
  western.encoding = "windows-1252";
  CHECK(texts(western, "K\xE4se12\n\x80uro34\n") ==
        Texts{"name=K\xC3\xA4se qty=12", "name=\xE2\x82\xACuro qty=34"});
}

TEST_CASE("what a csv's header must have the columns must have", "[fixed]") {
  FormatOptions options = fixed({{"sku", 1, 4}, {"qty", 5, 3}});
  options.columns = {"qty"};
  CHECK(texts(options, "A1  012\n") == Texts{"sku=A1 qty=012"});
  options.columns = {"on_hand"};
  CHECK(refusal(options) == "format.columns: there is no column \"on_hand\" (there is: sku, qty)");
}

TEST_CASE("columns that make no sense are refused", "[fixed]") {
  CHECK(refusal(fixed({})).find("format.fixed") == 0);
  CHECK(refusal(fixed({{"a", 0, 1}})).find("format.fixed") == 0);
  CHECK(refusal(fixed({{"a", 1, 0}})).find("format.fixed") == 0);
  CHECK(refusal(fixed({{"", 1, 1}})).find("format.fixed") == 0);
  CHECK(refusal(fixed({{"a", 1, 1}, {"a", 2, 1}})).find("format.fixed") == 0);
  CHECK(refusal(fixed({{"a", SIZE_MAX, 1}})).find("format.fixed") == 0);
  FormatOptions options = fixed({{"a", 1, 1}});
  options.header_marker = "CH";
  CHECK(refusal(options).find("format.header_marker") == 0);
}
