#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

#include "drivers/formats/decoders.h"
#include "tests/support/archive_bytes.h"

using namespace storeward;

namespace {

using testing::Files;

std::string zipped(const Files& files) {
  return testing::archive_bytes(files, archive_write_set_format_zip);
}

FormatOptions options() {
  FormatOptions options;
  options.kind = "csv_set";
  options.heads = {"receipts.csv", "closings.csv"};
  options.join = {"till", "no", "line", "rate"};
  options.parents = {"lines.csv"};
  options.lookups = {"rates.csv"};
  return options;
}

std::string shown(const Record& record, Record::Node node = Record::root) {
  std::string text;
  for (auto at = record.first_child(node); at != Record::none; at = record.next_sibling(at)) {
    if (!text.empty()) text += ' ';
    text.append(record.name(at)).append("=").append(record.text(at));
    if (record.first_child(at) != Record::none) text += "(" + shown(record, at) + ")";
  }
  return text;
}

// Every record and fault, the bytes given `slice` at a time.
std::vector<std::string> all(const std::string& bytes, std::size_t slice = 1 << 20) {
  auto decoder = make_decoder(options());
  REQUIRE(decoder);
  std::vector<std::string> told;
  Record record;
  std::size_t at = 0;
  for (;;) {
    switch ((*decoder)->next(record)) {
      case Decoded::need_more: {
        const std::string part = bytes.substr(at, slice);
        at += part.size();
        (*decoder)->feed(part, at == bytes.size());
        break;
      }
      case Decoded::record:
        told.push_back(shown(record));
        CHECK((*decoder)->place().number == told.size());
        break;
      case Decoded::fault:
        told.push_back("! " + (*decoder)->fault());
        CHECK((*decoder)->place().number == told.size());
        break;
      case Decoded::end:
        return told;
    }
  }
}

const Files day = {
    {"x/lines.csv", "till,no,sku\n1,7,100\n1,7,200\n1,8,300\n1,9,400\n"},
    {"x/closings.csv", "till,total\n1,50\n"},
    {"x/receipts.csv", "till,no,sum\n1,7,30\n1,8,20\n"},
    {"x/index.xml", "<a/>"},
};

}  // namespace

TEST_CASE("rows of several files with the same key are one record, and none vanishes",
          "[formats]") {
  const std::vector<std::string> expected = {
      "closings=(till=1 total=50) till=1 no=7 sum=30 lines=(till=1 no=7 sku=100) lines=(till=1 "
      "no=7 sku=200)",
      "closings=(till=1 total=50) till=1 no=8 sum=20 lines=(till=1 no=8 sku=300)",
      "till=1 total=50", "! lines.csv line 5: it belongs to no row of receipts.csv or its like"};
  const std::string bytes = zipped(day);
  CHECK(all(bytes) == expected);
  CHECK(all(bytes, 1) == expected);
  CHECK(all(bytes, 7) == expected);
}

TEST_CASE("rows stand below the row they have most in common with, and what they name is looked up",
          "[formats]") {
  const Files files = {
      {"receipts.csv", "till,no\n1,7\n1,8\n"},
      {"closings.csv", "till,total\n1,50\n"},
      {"lines.csv", "till,no,line,sku\n1,7,1,100\n1,7,2,200\n1,9,1,300\n"},
      {"taxes.csv", "till,no,line,rate,tax\n1,7,1,A,19\n1,7,1,B,7\n1,7,2,C,0\n1,9,1,A,1\n"},
      {"notes.csv", "till,no,line,note\n1,7,,whole\n1,7,2,second\n1,8,5,none such\n"},
      {"rates.csv", "till,rate,percent\n1,A,19.00\n1,B,7.00\n2,C,0.00\n"},
  };
  CHECK(all(zipped(files)) ==
        std::vector<std::string>{
            "closings=(till=1 total=50) till=1 no=7 "
            "lines=(till=1 no=7 line=1 sku=100 "
            "taxes=(till=1 no=7 line=1 rate=A tax=19 rates=(till=1 rate=A percent=19.00)) "
            "taxes=(till=1 no=7 line=1 rate=B tax=7 rates=(till=1 rate=B percent=7.00))) "
            "lines=(till=1 no=7 line=2 sku=200 taxes=(till=1 no=7 line=2 rate=C tax=0) "
            "notes=(till=1 no=7 line=2 note=second)) "
            "notes=(till=1 no=7 line= note=whole)",
            "closings=(till=1 total=50) till=1 no=8",
            "till=1 total=50 rates=(till=1 rate=A percent=19.00) "
            "rates=(till=1 rate=B percent=7.00)",
            "! lines.csv line 4: it belongs to no row of receipts.csv or its like",
            "! taxes.csv line 5: it belongs to no row of receipts.csv or its like",
            "! notes.csv line 4: it belongs to no row of receipts.csv or its like",
            "! rates.csv line 4: it belongs to no row of receipts.csv or its like"});
}

TEST_CASE("an archive may hold a folder for each closing", "[formats]") {
  CHECK(all(zipped({{"a/receipts.csv", "till,no\n1,7\n"},
                    {"a/lines.csv", "till,no,line\n1,7,1\n"},
                    {"b/receipts.csv", "till,no\n2,7\n"},
                    {"b/lines.csv", "till,no,line\n2,7,1\n"}})) ==
        std::vector<std::string>{"till=1 no=7 lines=(till=1 no=7 line=1)",
                                 "till=2 no=7 lines=(till=2 no=7 line=1)"});
}

TEST_CASE("a row of an archive that cannot be read, or comes twice, is a fault of its own",
          "[formats]") {
  CHECK(all(zipped({{"receipts.csv", "till,no,sum\n1,7,30\n1,7,31\n1,8,\"20\n"}})) ==
        std::vector<std::string>{"till=1 no=7 sum=30",
                                 "! receipts.csv line 3: there is a row before it with the same no",
                                 "! receipts.csv line 4: a quoted field never ends"});
}

TEST_CASE("what is no archive, or a broken or empty one, is one fault", "[formats]") {
  const auto one = [](const std::string& bytes) {
    const auto told = all(bytes);
    REQUIRE(told.size() == 1);
    return told.front();
  };
  CHECK(one("till,no,sum\n1,7,30\n").find("! it is no zip or tar archive") == 0);
  CHECK(one("").substr(0, 2) == "! ");
  CHECK(one(zipped({{"readme.txt", "hello"}})) == "! there is no .csv file in the archive");
  const std::string whole = zipped(day);
  for (std::size_t length = 1; length < whole.size(); length += 13) {
    for (const std::string& told : all(whole.substr(0, length))) CHECK_FALSE(told.empty());
  }
}

TEST_CASE("a tar that was cut off between two of its files is one fault", "[formats]") {
  const std::string whole = testing::archive_bytes(day, archive_write_set_format_ustar);
  const auto told = all(whole);
  CHECK(all(whole.substr(0, whole.find_last_not_of('\0') / 512 * 512 + 1024)) == told);
  constexpr std::size_t header_and_content = 1024;
  CHECK(all(whole.substr(0, 2 * header_and_content)) ==
        std::vector<std::string>{"! the archive ends without its end mark: it was cut off"});
}

TEST_CASE("an archive that unfolds to more than it should is refused", "[formats]") {
  std::string big = "till,no,sum\n";
  big.resize(40u << 20, ' ');
  const auto told = all(zipped({{"receipts.csv", big}}));
  REQUIRE(told.size() == 1);
  CHECK(told.front() ==
        "! the archive holds more than 32 MiB; let the source write smaller ones (a day each)");
}

TEST_CASE("a set needs its heads and what joins them", "[formats]") {
  FormatOptions wrong = options();
  wrong.join.clear();
  CHECK(make_decoder(wrong).error().message.find("format.join") == 0);
  wrong = options();
  wrong.heads.clear();
  CHECK(make_decoder(wrong).error().message.find("format.heads") == 0);
}
