#include <catch2/catch.hpp>

#include "tests/unit/drivers/formats/decoded_rows.h"

using storeward::FormatOptions;
using storeward::testing::decoded;
using storeward::testing::texts;
using Texts = std::vector<std::string>;

namespace {

const FormatOptions by_no{.kind = "csv", .group_by = {"no"}};

}  // namespace

TEST_CASE("rows of one receipt are one record", "[group]") {
  CHECK(texts(by_no, "no,sku\n1,a\n1,\"b\"\"\"\n2,c\n1,d\n") ==
        Texts{"no=1 sku=a row[no=1 sku=a] row[no=1 sku=b\"]", "no=2 sku=c row[no=2 sku=c]",
              "no=1 sku=d row[no=1 sku=d]"});
  CHECK(texts(by_no, "no,sku\n").empty());
  const FormatOptions two{.kind = "csv", .group_by = {"shop", "no"}};
  CHECK(texts(two, "no,shop\n1,x\n1,x\n1,y\n").size() == 2);
  CHECK(texts({.kind = "fixed", .group_by = {"no"}, .fixed = {{"no", 1, 2}, {"sku", 3, 2}}},
              "01aa\n01bb\n02cc\n") == Texts{"no=01 sku=aa row[no=01 sku=aa] row[no=01 sku=bb]",
                                             "no=02 sku=cc row[no=02 sku=cc]"});
}

TEST_CASE("a row without the column that groups stands alone", "[group]") {
  const FormatOptions marked{.kind = "csv", .group_by = {"no"}, .header_marker = "CH"};
  CHECK(texts(marked, "SH,1\nSH,1\nCH,no\nSB,7\nSB,7\nSF\nSF\n") ==
        Texts{"1=SH 2=1 row[1=SH 2=1]", "1=SH 2=1 row[1=SH 2=1]",
              "CH=SB no=7 row[CH=SB no=7] row[CH=SB no=7]", "CH=SF row[CH=SF]",
              "CH=SF row[CH=SF]"});
}

TEST_CASE("rows of another site are another record, in a file that names sites", "[group]") {
  const FormatOptions sited{.kind = "csv", .group_by = {"no"}, .group_by_optional = {"site"}};
  CHECK(texts(sited, "no,site\n1,x\n1,x\n1,y\n") ==
        Texts{"no=1 site=x row[no=1 site=x] row[no=1 site=x]", "no=1 site=y row[no=1 site=y]"});
  CHECK(texts(sited, "no,sku\n1,a\n1,b\n").size() == 1);
  // Named once a receipt; and a row that names a site does not belong to one without.
  CHECK(texts(sited, "no,site\n1,x\n1\n1,\n1,y\n1,\n").size() == 2);
  CHECK(texts(sited, "no,site\n1,\n1,x\n").size() == 2);
}

TEST_CASE("place and raw of a group cover its rows", "[group]") {
  const auto rows = decoded(by_no, "no,sku\r\n1,a\r\n\r\n1,b\r\n2,c\r\n");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].place.offset == 8);
  CHECK(rows[0].place.bytes == 10);
  CHECK(rows[0].raw == "1,a\n1,b");
  CHECK(rows[0].place.number == 1);
  CHECK(rows[1].place.line == 5);
  CHECK(rows[1].place.number == 2);
}

TEST_CASE("a row that cannot be read is a fault of its own and a warning of its record",
          "[group]") {
  const auto rows = decoded(by_no, "no,sku\n1,a\n1,\xFF\n1,b\n2,\xFE\n2,c\n");
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].text == "line 3: the row holds bytes that are not utf-8");
  CHECK(rows[0].raw == "1,\xFF");
  CHECK(rows[1].text == "line 5: the row holds bytes that are not utf-8");
  CHECK(rows[2].text == "no=1 sku=a row[no=1 sku=a] row[no=1 sku=b]");
  const std::string beside = "a row beside this record, perhaps one of it, could not be read: ";
  CHECK(rows[2].warnings ==
        Texts{"a row of this record could not be read: " + rows[0].text, beside + rows[1].text});
  CHECK(rows[3].warnings == Texts{beside + rows[1].text});
  CHECK(rows[3].place.number == 4);
}

TEST_CASE("warnings of a record are bounded", "[group]") {
  std::string source = "no,sku\n1,a\n";
  for (int i = 0; i < 100; ++i) source += "1,\xFF\n";
  const auto rows = decoded(by_no, source + "1,b\n");
  REQUIRE(rows.size() == 101);
  REQUIRE(rows.back().warnings.size() == 9);
  CHECK(rows.back().warnings.back() == "more rows of this record could not be read");
}

TEST_CASE("a group that is too large is one fault to its end", "[group][F42]") {
  FormatOptions small = by_no;
  small.max_record_bytes = 20;
  const auto rows = decoded(small, "no,sku\n1,1234567\n1,1234567\n1,1234567\n2,c\n");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].text == "line 2: the record of no \"1\" is too large: 3 rows, 29 bytes");
  CHECK(rows[0].raw == "1,1234567\n1,1234567");
  CHECK(rows[0].place.bytes == 29);
  CHECK(rows[1].text == "no=2 sku=c row[no=2 sku=c]");
}

TEST_CASE("a group whose rows have ever new columns is bounded, too", "[group][F42]") {
  FormatOptions marked{.kind = "csv", .group_by = {"no"}, .header_marker = "CH"};
  marked.max_record_bytes = 2000;
  std::string source;
  for (int i = 0; i < 200; ++i) {
    source += "CH,no," + std::string(1000, i % 2 == 0 ? 'x' : 'y') + "\nSB,1,2\n";
  }
  const auto rows = decoded(marked, source + "SB,2,3\n");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].fault);
  CHECK(rows[0].place.line == 2);
}
