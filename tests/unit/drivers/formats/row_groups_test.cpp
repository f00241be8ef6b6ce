#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>

#include "tests/support/seed.h"
#include "tests/unit/drivers/formats/decoded_rows.h"

using namespace storeward;
using storeward::testing::decoded;
using storeward::testing::texts;
using Texts = std::vector<std::string>;

namespace {

const FormatOptions by_no{.kind = "csv", .group_by = {"no"}};
const FormatOptions three_open{.kind = "csv", .group_by = {"no"}, .group_window = 3};

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
  CHECK_THAT(rows[0].text, Catch::StartsWith("line 3: the row holds bytes that are not utf-8"));
  CHECK(rows[0].raw == "1,\xFF");
  CHECK_THAT(rows[1].text, Catch::StartsWith("line 5: the row holds bytes that are not utf-8"));
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

TEST_CASE("rows of a record may be interrupted where the template says so", "[group]") {
  CHECK(texts(three_open, "no,sku\n1,a\n2,b\n1,c\n3,d\n2,e\n") ==
        Texts{"no=1 sku=a row[no=1 sku=a] row[no=1 sku=c]", "no=3 sku=d row[no=3 sku=d]",
              "no=2 sku=b row[no=2 sku=b] row[no=2 sku=e]"});
  // The one whose last row is furthest behind makes room, not the one that began first.
  CHECK(texts(three_open, "no,sku\n1,a\n2,b\n3,c\n1,d\n4,e\n1,f\n2,g\n") ==
        Texts{"no=2 sku=b row[no=2 sku=b]", "no=3 sku=c row[no=3 sku=c]",
              "no=4 sku=e row[no=4 sku=e]",
              "no=1 sku=a row[no=1 sku=a] row[no=1 sku=d] row[no=1 sku=f]",
              "no=2 sku=g row[no=2 sku=g]"});
}

TEST_CASE("a row that cannot be read is told by the records on both sides of it", "[group]") {
  const auto rows = decoded(three_open, "no,sku\n1,a\n2,b\n1,\xFF\n1,c\n3,d\n");
  REQUIRE(rows.size() == 4);
  REQUIRE(rows[0].fault);
  const std::string beside = "a row beside this record, perhaps one of it, could not be read: ";
  CHECK(rows[1].text == "no=2 sku=b row[no=2 sku=b]");
  CHECK(rows[1].warnings == Texts{beside + rows[0].text});
  CHECK(rows[2].text == "no=1 sku=a row[no=1 sku=a] row[no=1 sku=c]");
  CHECK(rows[2].warnings == Texts{beside + rows[0].text});
  CHECK(rows[3].warnings.empty());
}

TEST_CASE("a row that may be of two open records is told by both", "[group]") {
  FormatOptions sited = three_open;
  sited.group_by_optional = {"site"};
  const auto rows = decoded(sited, "no,site\n1,x\n1,y\n1,\n2,x\n2,\n");
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].text == "no=1 site=x row[no=1 site=x]");
  CHECK(rows[0].warnings == Texts{"line 4 may be a row of this record; it was taken for another "
                                  "one's: no \"1\", site \"y\""});
  CHECK(rows[1].text == "no=1 site=y row[no=1 site=y] row[no=1 site=]");
  CHECK(rows[1].warnings == Texts{"line 4 was taken for a row of this record; it may be another "
                                  "one's: no \"1\", site \"x\""});
  CHECK(rows[2].warnings.empty());
}

TEST_CASE("records that are open together are bounded together", "[group][F42]") {
  FormatOptions small = by_no;
  small.group_window = 32;
  small.max_record_bytes = 1024;
  std::string source = "no,sku\n";
  for (int no = 1; no <= 6; ++no) {
    source.append(std::to_string(no)).append(",").append(900, 'x').append("\n");
  }
  const auto rows = decoded(small, source + "1,a\n6,b\n");
  REQUIRE(rows.size() == 7);  // the first was given before its last row came
  CHECK(rows[0].raw.size() == 902);
  CHECK(rows[5].text == "no=1 sku=a row[no=1 sku=a]");
  CHECK(rows[6].raw.size() == 902 + 4);
}

TEST_CASE("a record goes on until rows of as many others as may be open have come", "[group]") {
  std::mt19937_64 random(testing::announced_seed("mixed rows"));
  for (int round = 0; round < 300; ++round) {
    FormatOptions options = by_no;
    options.group_window = 1 + random() % 6;
    std::string source = "no,sku\n";
    std::vector<std::string> numbers;  // of each row
    std::vector<std::string> wanted;   // the records' rows
    std::map<std::string, std::size_t> record_of;
    for (int row = 0; row < 60; ++row) {
      const std::string no = std::to_string(random() % 9);
      const std::string sku = std::to_string(random() % 1000);
      source.append(no).append(",").append(sku).append("\n");
      const auto last = std::find(numbers.rbegin(), numbers.rend(), no);
      const std::set<std::string> others(numbers.rbegin(), last);
      if (last == numbers.rend() || others.size() >= options.group_window) {
        record_of[no] = wanted.size();
        wanted.emplace_back();
      }
      wanted[record_of[no]] += " row[no=" + no + " sku=" + sku + "]";
      numbers.push_back(no);
    }
    std::vector<std::string> given;
    for (const std::string& text : texts(options, source)) {
      given.push_back(text.substr(text.find(" row[")));
    }
    std::ranges::sort(wanted);
    std::ranges::sort(given);
    CHECK(given == wanted);
  }
}
