#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "tests/unit/drivers/formats/decoded_rows.h"

using storeward::FormatOptions;
using storeward::testing::decoded;
using storeward::testing::refusal;
using storeward::testing::texts;
using Texts = std::vector<std::string>;

namespace {

const FormatOptions csv{.kind = "csv"};

FormatOptions with(const std::function<void(FormatOptions&)>& change) {
  FormatOptions options = csv;
  change(options);
  return options;
}

}  // namespace

TEST_CASE("a header names the fields of the rows", "[csv]") {
  CHECK(texts(csv, "a,b\n1,2\n3,4\n") == Texts{"a=1 b=2", "a=3 b=4"});
  CHECK(texts(csv, "\xEF\xBB\xBF a ,\"b\"\n1,2") == Texts{"a=1 b=2"});
  CHECK(texts(csv, "n,n,n_2,n,,\n1,2,3,4,5,6\n") == Texts{"n=1 n_2=2 n_2_2=3 n_3=4 5=5 6=6"});
  CHECK(texts(csv, "").empty());
  CHECK(texts(csv, "a,b").empty());
  CHECK(texts(csv, "\xEF\xBB").size() == 1);  // no name is UTF-8 there
}

TEST_CASE("a column that is read must not stand twice in a header", "[csv]") {
  const auto amounts = with([](FormatOptions& o) {
    o.rename = {{"net", "amount"}};
    o.read = {"amount", "row"};
  });
  const auto told = [](int first, int second) {
    return "fault: line 1: columns " + std::to_string(first) + " and " + std::to_string(second) +
           " are both called \"amount\": nothing says which of them is meant; have the file name "
           "them apart, or see to what [format.rename] calls them; without its column names "
           "nothing "
           "can be read";
  };
  CHECK(texts(amounts, "sku,amount,amount\n1,8.40,10.00\n") == Texts{told(2, 3)});
  CHECK(texts(amounts, "net,sku,amount\n8.40,1,10.00\n") == Texts{told(1, 3)});
  CHECK(texts(amounts, "note,amount,note\na,1,b\n") == Texts{"note=a amount=1 note_2=b"});
  const auto both = with([](FormatOptions& o) { o.read = {"amount", "amount_2"}; });
  CHECK(texts(both, "amount,amount\n8.40,10.00\n") == Texts{"amount=8.40 amount_2=10.00"});
  const auto grouped = with([](FormatOptions& o) {
    o.derived = {{.name = "day", .from = {"time"}, .characters = 10}};
    o.group_by = {"day", "no"};
    o.group_by_optional = {"site"};
  });
  for (const char* const header : {"no,time,no", "no,time,time", "no,time,site,site"}) {
    CHECK_THAT(texts(grouped, header + std::string("\n1,2\n")).front(),
               Catch::Contains("are both called"));
  }
}

TEST_CASE("a column may be called otherwise than in the file", "[csv]") {
  const auto renamed = with([](FormatOptions& o) {
    o.rename = {{"ArtNr", "sku"}, {"Menge", "quantity"}};
    o.group_by = {"sku"};
  });
  CHECK(texts(renamed, "ArtNr,x\n1,2\n") ==
        texts(with([](FormatOptions& o) { o.group_by = {"sku"}; }), "sku,x\n1,2\n"));
  CHECK_THAT(refusal(with([](FormatOptions& o) {
               o.header = false;
               o.rename = {{"a", "b"}};
             })),
             Catch::Contains("format.columns"));
}

TEST_CASE("a column may be made of others of its row", "[csv]") {
  const auto day_of_time = with([](FormatOptions& o) {
    o.rename = {{"Zeit", "time"}};
    o.derived = {{.name = "date", .from = {"time"}, .until = " T"}};
  });
  CHECK(texts(day_of_time, "Zeit,x\n20.11.2026 10:15,1\n2026-11-20T10:15,2\n,3\n") ==
        Texts{"time=20.11.2026 10:15 x=1 date=20.11.2026",
              "time=2026-11-20T10:15 x=2 date=2026-11-20", "time= x=3"});
  const auto joined = with([](FormatOptions& o) {
    o.derived = {{.name = "at", .from = {"day", "clock"}},
                 {.name = "month", .from = {"day"}, .characters = 6}};
  });
  CHECK(texts(joined, "day,clock\n20261120,10:15\n20261121,\n") ==
        Texts{"day=20261120 clock=10:15 at=20261120 10:15 month=202611",
              "day=20261121 clock= at=20261121 month=202611"});
}

TEST_CASE("rows are grouped by a column that is made of others", "[csv]") {
  const auto by_day = with([](FormatOptions& o) {
    o.derived = {{.name = "date", .from = {"time"}, .until = " "}};
    o.group_by = {"date", "no"};
  });
  const std::string rows =
      "no,time\n1,20.11.2026 10:00:01\n1,20.11.2026 10:00:09\n"
      "1,21.11.2026 10:00:00\n";
  CHECK(texts(by_day, rows).size() == 2);
  CHECK_THAT(texts(by_day, "no,when\n1,2\n").front(), Catch::Contains("no column \"time\""));
  CHECK_THAT(texts(by_day, "no,time,date\n1,2,3\n").front(),
             Catch::Contains("is a column of the file as well"));
  const auto without_header = with([](FormatOptions& o) {
    o.header = false;
    o.columns = {"no", "time"};
    o.derived = {{.name = "date", .from = {"time"}, .until = " "}};
    o.group_by = {"date", "no"};
  });
  CHECK(texts(without_header, "1,20.11.2026 10:00:01\n1,20.11.2026 10:00:09\n").size() == 1);
}

TEST_CASE("fields are read as RFC 4180 says and as files really are", "[csv][F42]") {
  CHECK(texts(csv, "a,b\n\"x,y\",\"p \"\"q\"\"\"\n") == Texts{"a=x,y b=p \"q\""});
  CHECK(texts(csv, "a,b\n\"two\nlines\",2\n") == Texts{"a=two\nlines b=2"});
  CHECK(texts(csv, "a,b\n12\" nail,\"\"\n") == Texts{"a=12\" nail b="});
  CHECK(texts(csv, "a,b\n\"x\" ,2\n\"y\"\t\n") == Texts{"a=x b=2", "a=y"});
  CHECK(texts(csv, "a,b\r\n1,2\r\n\r\n3,4\r5,6\n\n\n7,8") ==
        Texts{"a=1 b=2", "a=3 b=4", "a=5 b=6", "a=7 b=8"});
  CHECK(texts(csv, "a,b\n1,\"x\"") == Texts{"a=1 b=x"});
  CHECK(texts(csv, "a,b\n1,") == Texts{"a=1 b="});
  CHECK(texts(csv, "a,b\n 1 , 2\n") == Texts{"a= 1  b= 2"});
}

TEST_CASE("a row may have fewer fields than there are columns, and empty ones behind them",
          "[csv][F42]") {
  CHECK(texts(csv, "a,b,c\n1\n1,,\n1,2,3,,\n") == Texts{"a=1", "a=1 b= c=", "a=1 b=2 c=3"});
  CHECK(texts(csv, "a,b\n1,2,3\n4,5\n") ==
        Texts{"fault: line 2: the row has 3 fields, there are only 2 columns", "a=4 b=5"});
}

TEST_CASE("a row that may have been cut off says so", "[csv]") {
  const auto warnings = [](const FormatOptions& options, const char* source) {
    return decoded(options, source).back().warnings;
  };
  const Texts short_of_two = {
      "a row has 1 fields for 3 columns: what is missing was taken for empty"};
  CHECK(warnings(csv, "a,b,c\n1") == short_of_two);
  CHECK(warnings(csv, "a,b,c\n1,,\n").empty());
  CHECK(warnings(csv, "a,b,c,\n1,2,3\n").empty());
  const auto grouped = with([](FormatOptions& o) { o.group_by = {"a"}; });
  CHECK(warnings(grouped, "a,b,c\n1\n1\n1,2,3\n") == short_of_two);
  CHECK(warnings(with([](FormatOptions& o) { o.header_marker = "H"; }), "H,b,c\n1\n").empty());
}

TEST_CASE("a row of nothing but delimiters is passed over as an empty line is", "[csv]") {
  const auto rows = decoded(csv, ",,,\na,b,c\n1,2,3\n,,\n,,,,,,\r\n\"\",,\n4,5,6\n,,\n,");
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].text == "a=1 b=2 c=3");
  CHECK(rows[1].text == "a= b= c=");
  CHECK(rows[1].place.line == 6);
  CHECK(rows[2].text == "a=4 b=5 c=6");
  CHECK(rows[2].place.number == 3);
  CHECK(rows[2].place.line == 7);
  CHECK(rows[2].place.offset == 32);
  const auto grouped = with([](FormatOptions& o) { o.group_by = {"a"}; });
  CHECK(texts(grouped, "a,b\n1,2\n,\n1,3\n,\n").size() == 1);
  const auto nameless = with([](FormatOptions& o) { o.header = false; });
  CHECK(texts(nameless, ",\n1,2\n,\n") == Texts{"1=1 2=2"});
}

TEST_CASE("the mark with which DOS ends a file is no row", "[csv]") {
  CHECK(texts(csv, "a,b\r\n1,2\r\n\x1A") == Texts{"a=1 b=2"});
  CHECK(texts(csv, "a,b\r\n1,2\r\n\x1A\x1A\x1A") == Texts{"a=1 b=2"});
  CHECK(texts(csv, "\x1A").empty());
  CHECK(texts(csv, "a,b\n\x1A\n1,2\n") == Texts{"a=\x1A", "a=1 b=2"});  // no end of a file
  CHECK(texts({.kind = "lines"}, "4711\r\n\x1A") == Texts{"line=4711"});
  const auto bytewise = decoded(csv, "a,b\r\n1,2\r\n\x1A", [] { return 1; });
  CHECK(bytewise.size() == 1);
}

TEST_CASE("delimiter, quote and column names are options", "[csv][F42]") {
  const auto tabs = with([](FormatOptions& o) {
    o.delimiter = '\t';
    o.quote = '\0';
  });
  CHECK(texts(tabs, "a\tb\n\"1\t2,\"\n") == Texts{"a=\"1 b=2,\""});
  const auto german = with([](FormatOptions& o) { o.delimiter = ';'; });
  CHECK(texts(german, "a;b\n\"1;0\";4,99\n") == Texts{"a=1;0 b=4,99"});
  const auto apostrophe = with([](FormatOptions& o) { o.quote = '\''; });
  CHECK(texts(apostrophe, "a,b\n'it''s',\"2\"\n") == Texts{"a=it's b=\"2\""});
  const auto named = with([](FormatOptions& o) {
    o.header = false;
    o.columns = {"x", "y"};
  });
  CHECK(texts(named, "1,2\n") == Texts{"x=1 y=2"});
  const auto numbered = with([](FormatOptions& o) { o.header = false; });
  CHECK(texts(numbered, "1,2\n3,4,5\n") == Texts{"1=1 2=2", "1=3 2=4 3=5"});
  const auto later = with([](FormatOptions& o) { o.skip_lines = 2; });
  CHECK(texts(later, "sep=;\r\n\"report\r\na,b\r\n1,2\r\n") == Texts{"a=1 b=2"});
  CHECK(texts(later, "one\n").empty());
}

TEST_CASE("a marked line names the columns of the lines behind it", "[csv]") {
  const auto marked = with([](FormatOptions& o) { o.header_marker = "CH"; });
  CHECK(texts(marked, "\"SH\",9\n\"CH\",\"Id\",Amount\n\"SB\",7,5200\n\"CH\",\"Sum\"\nSF,1\n") ==
        Texts{"1=SH 2=9", "CH=SB Id=7 Amount=5200", "CH=SF Sum=1"});
}

TEST_CASE("a row that cannot be read is a fault and the next one goes on", "[csv][F42]") {
  using namespace std::string_literals;
  CHECK(texts(csv, "a,b\n1,\0\n3,4\n"s) ==
        Texts{"fault: line 2: a NUL byte stands in the row (a file in UTF-16? [format] encoding = "
              "\"utf-16\")",
              "a=3 b=4"});
  CHECK(texts(csv, "a,b\n1,K\xE4se\n3,K\xC3\xA4se\n") ==
        Texts{"fault: line 2: the row holds bytes that are not utf-8 (from Windows? [format] "
              "encoding = \"windows-1252\")",
              "a=3 b=K\xC3\xA4se"});
  const auto few = with([](FormatOptions& o) { o.max_columns = 3; });
  CHECK(texts(few, "a,b\n1,2,,\n3,4\n") ==
        Texts{"fault: line 2: the row has more than 3 columns", "a=3 b=4"});
  CHECK(texts(csv, "a,b\n1,\"x\"y\"\n3,4\n") ==
        Texts{"fault: line 2: a quoted field goes on behind its closing quote", "a=3 b=4"});
}

TEST_CASE("a million columns are one fault", "[csv][F42]") {
  const std::string wide = "a,b\n" + std::string(1'000'000, ',') + "\n3,4\n";
  CHECK(texts(csv, wide) == Texts{"fault: line 2: the row has more than 2000 columns", "a=3 b=4"});
}

TEST_CASE("a row that is too long is a fault up to its end", "[csv][F42]") {
  const auto small = with([](FormatOptions& o) { o.max_record_bytes = 10; });
  CHECK(texts(small, "a,b\n12345,6789\n") == Texts{"a=12345 b=6789"});
  const auto rows = decoded(small, "a,b\n12345,67890\n3,4\n");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].text == "line 2: the row is longer than 10 bytes");
  CHECK(rows[0].raw == "12345,6789");
  CHECK(rows[0].place.bytes == 11);
  CHECK(rows[1].place.line == 3);
}

TEST_CASE("a quote that is never closed costs its line only", "[csv][F42]") {
  const auto rows = decoded(csv, "a,b\n1,\"2\n3,4\r\n5,6\n");
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].text == "line 2: a quoted field never ends");
  CHECK(rows[0].raw == "1,\"2");
  CHECK(rows[1].text == "a=3 b=4");
  CHECK(rows[2].place.line == 4);

  const auto small = with([](FormatOptions& o) { o.max_record_bytes = 12; });
  CHECK(texts(small, "a,b\n1,\"2\n3,4\n5,6\n7,8\n9,10\n") ==
        Texts{"fault: line 2: a quoted field does not end within 12 bytes", "a=3 b=4", "a=5 b=6",
              "a=7 b=8", "a=9 b=10"});
}

TEST_CASE("place and raw say where a row stands in the source", "[csv]") {
  const auto rows = decoded(csv,
                            "\xEF\xBB\xBF"
                            "a,b\r\n1,\"x\ny\"\r\n\r\n\"\"\"\",2");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].place.offset == 8);
  CHECK(rows[0].place.bytes == 7);
  CHECK(rows[0].place.line == 2);
  CHECK(rows[0].raw == "1,\"x\ny\"");
  CHECK(rows[1].place.offset == 19);
  CHECK(rows[1].place.line == 5);
  CHECK(rows[1].place.number == 2);
  CHECK(rows[1].text == "a=\" b=2");
}

TEST_CASE("without the header that was agreed the rest is one fault", "[csv][F42]") {
  const auto agreed = with([](FormatOptions& o) { o.columns = {"a", "price"}; });
  CHECK(texts(agreed, "b,price,a\n1,2,3\n") == Texts{"b=1 price=2 a=3"});
  const auto rows = decoded(agreed, "a,Price\n1,2\n3,4\n");
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].text ==
        "line 1: there is no column \"price\" (there is: a, Price); without its column names "
        "nothing can be read");
  CHECK(rows[0].raw == "a,Price");
  CHECK(rows[0].place.bytes == 16);
  CHECK(texts(csv, "a,\xFF\n1,2\n3,4\n").size() == 1);
  const auto marked = with([](FormatOptions& o) { o.header_marker = "CH"; });
  CHECK(texts(marked, "SH,1\n\"CH\",\xFF\nSB,2\n").size() == 2);
}

TEST_CASE("options that make no sense are refused with their key", "[csv]") {
  CHECK(refusal(with([](FormatOptions& o) { o.encoding = "ebcdic"; })).find("format.encoding") ==
        0);
  CHECK(refusal(with([](FormatOptions& o) { o.delimiter = '\n'; })).find("format.delimiter") == 0);
  CHECK(refusal(with([](FormatOptions& o) { o.delimiter = '\xA7'; })).find("format.delimiter") ==
        0);
  CHECK(refusal(with([](FormatOptions& o) { o.quote = ','; })).find("format.quote") == 0);
  CHECK(refusal(with([](FormatOptions& o) { o.max_columns = 0; })).find("format.max_columns") == 0);
  CHECK(refusal(with([](FormatOptions& o) { o.max_record_bytes = 0; })).find("format.max_") == 0);
  CHECK(refusal(with([](FormatOptions& o) { o.records = "x"; })).find("format.records") == 0);
  CHECK(refusal(with([](FormatOptions& o) { o.fixed = {{"x", 1, 1}}; })).find("format.fixed") == 0);
  CHECK(refusal(with([](FormatOptions& o) {
          o.header = false;
          o.columns = {"x", "x"};
        })).find("format.columns") == 0);
  CHECK(refusal(with([](FormatOptions& o) {
          o.header = false;
          o.columns = {"x", "y"};
          o.group_by = {"z"};
        })).find("format.group_by") == 0);
}

TEST_CASE("the sample files go through, no row vanishes", "[csv]") {
  const std::filesystem::path samples =
      std::filesystem::path(STOREWARD_SOURCE_DIR) / "../shared/data";
  if (!std::filesystem::exists(samples)) {
    std::cout << "no sample files beside the project: skipped\n";
    return;
  }
  const auto rows = [&](std::string_view name, const FormatOptions& options) {
    std::ifstream file(samples / name, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    std::size_t faults = 0;
    const auto all = decoded(options, text);
    for (const auto& row : all) faults += row.fault ? 1 : 0;
    CHECK(faults == 0);
    return all.size();
  };
  CHECK(rows("retail_log/2010-12-01.csv", csv) == 3108);
  const auto invoices = with([](FormatOptions& o) { o.group_by = {"InvoiceNo"}; });
  CHECK(rows("retail_log/2010-12-01.csv", invoices) == 143);
  const auto paypal = with([](FormatOptions& o) { o.header_marker = "CH"; });
  CHECK(rows("payments_GPL2/paypal_stl.csv", paypal) == 10);
  CHECK(rows("payments_GPL2/stripe_settlement_report.csv", csv) == 7);
  CHECK(rows("payments_GPL2/adyen_settlement_detail_report_refund.csv", csv) == 3);
  const auto german = with([](FormatOptions& o) { o.delimiter = ';'; });
  CHECK(rows("synthetic/dsfinvk/lines.csv", german) == 3);
  CHECK(rows("synthetic/scanner_tcp_lines.txt", {.kind = "lines"}) == 7);
}
