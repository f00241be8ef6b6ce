#include <catch2/catch.hpp>

#include <algorithm>

#include "tests/unit/drivers/formats/edi/edi_reading.h"

using namespace storeward;
using namespace storeward::testing;
using Catch::Matchers::Contains;

namespace {

constexpr std::string_view stock = "BGM+35+INV-9+9'LIN+1++4012345000016:EN'QTY+145:850:PCE'";

std::string report() {
  return edifact_interchange(edifact_message("INVRPT", stock));
}

std::string with(std::string text, std::string_view what, std::string_view instead) {
  const std::size_t at = text.find(what);
  REQUIRE(at != text.npos);
  return text.replace(at, what.size(), instead);
}

void check_is_report(const EdiReading& reading) {
  REQUIRE(reading.pieces.size() == 1);
  CHECK(reading.pieces[0].fault == "");
  CHECK(texts_at(reading, 0, "LIN/03") == "4012345000016");
  CHECK(texts_at(reading, 0, "LIN/QTY/01/02") == "850");
  CHECK(texts_at(reading, 0, "interchange/key") == "4012345000009/3100//1");
}

}  // namespace

TEST_CASE("a message is one record with its envelope and plain fields", "[edi]") {
  const EdiReading reading = read_edi("edifact", report());
  check_is_report(reading);
  CHECK(reading.warnings() == 0);
  CHECK(reading.pieces[0].tree ==
        "UNB(01=UNOC(01=UNOC 02=3) 02=4012345000009(01=4012345000009 02=14) "
        "03=4098765000003(01=4098765000003 02=14) 04=261120(01=261120 02=0415) 05=3100) "
        "UNH(01=1 02=INVRPT(01=INVRPT 02=D 03=96A 04=UN)) BGM(01=35 02=INV-9 03=9) "
        "LIN(01=1 03=4012345000016(01=4012345000016 02=EN) "
        "QTY(01=145(01=145 02=850 03=PCE))) UNT(01=5 02=1) "
        "interchange(sender=4012345000009 receiver=4098765000003 control=3100 date=2026-11-20 "
        "set=INVRPT version=D96A set_control=1 key=4012345000009/3100//1 test=0)");
}

TEST_CASE("UNA names the separators", "[edi]") {
  const EdiReading usual = read_edi("edifact", "UNA:+.? '\r\n" + report());
  check_is_report(usual);
  CHECK(texts_at(usual, 0, "interchange/decimal_mark") == ".");
  std::string source = report();
  for (char& c : source) c = c == ':' ? '=' : c == '+' ? '*' : c == '\'' ? '~' : c;
  const EdiReading unusual = read_edi("edifact", "UNA=*,? ~" + source);
  check_is_report(unusual);
  CHECK(texts_at(unusual, 0, "interchange/decimal_mark") == ",");
  std::string lines = report();
  lines.erase(std::remove(lines.begin(), lines.end(), '\n'), lines.end());
  for (char& c : lines) c = c == '\'' ? '\n' : c;
  check_is_report(read_edi("edifact", "UNA:+.? \n" + lines));
  const EdiReading nonsense = read_edi("edifact", "UNA::.? '" + report());
  REQUIRE(nonsense.pieces.size() == 2);
  CHECK(nonsense.pieces[1].record);
}

TEST_CASE("a released character is text", "[edi]") {
  const EdiReading reading =
      read_edi("edifact",
               edifact_interchange("UNH+1+ORDERS:D:96A:UN'FTX+AAA+?+49 1:d?'or ?: 5?\?'UNT+3+1'"));
  REQUIRE(reading.faults() == 0);
  CHECK(reading.warnings() == 0);
  CHECK_THAT(reading.pieces[0].tree, Contains("FTX(01=AAA 02=+49 1(01=+49 1 02=d'or : 5?))"));
  CHECK(texts_at(read_edi("edifact", with(report(), "4012345000009", "4012?:345")), 0,
                 "interchange/sender") == "4012:345");
}

TEST_CASE("a message that was wrapped at a width reads as the one that was sent", "[edi]") {
  const std::string wrapped =
      with(with(report(), "00016:EN", "00\r\n016:EN"), ":850:PCE", ":8\n50:PCE");
  const EdiReading reading = read_edi("edifact", wrapped);
  check_is_report(reading);
  CHECK(reading.warnings() == 1);
}

TEST_CASE("the character set is the one that is said, unless the text is plainly UTF-8", "[edi]") {
  const auto reading = [](std::string_view identifier, std::string_view text) {
    return read_edi(
        "edifact",
        with(edifact_interchange(edifact_message("INVRPT", stock), 1, identifier), "INV-9", text));
  };
  const std::string latin =
                        "Gr\xfc\xdf"
                        "e",
                    utf8 =
                        "Gr\xc3\xbc\xc3\x9f"
                        "e";
  CHECK(texts_at(reading("UNOC:3", latin), 0, "BGM/02") == utf8);
  CHECK(reading("UNOC:3", latin).warnings() == 0);
  CHECK(texts_at(reading("UNOY:4", utf8), 0, "BGM/02") == utf8);
  CHECK(reading("UNOY:4", utf8).warnings() == 0);
  CHECK(texts_at(reading("UNOC:3", utf8), 0, "BGM/02") == utf8);
  CHECK(reading("UNOC:3", utf8).pieces[0].warnings ==
        std::vector<std::string>{"the text is UTF-8, the character set is said to be UNOC"});
  CHECK(texts_at(reading("UNOA:3", latin), 0, "BGM/02") == utf8);
  CHECK(reading("UNOA:3", latin).warnings() == 1);
  CHECK(reading("UNOY:4", latin).pieces[0].fault ==
        "line 3: the text is not UTF-8, and the character set UNOY is UTF-8");
  CHECK(reading("UNOE:3", latin).pieces[0].fault ==
        "line 3: the text is not UTF-8, and the character set UNOE is not read here");
}

TEST_CASE("a version is cut between letters, not in one", "[edi]") {
  const auto reading = read_edi("edifact", with(report(), ":D:96A:", ":D:96\xc3\x85:"));
  CHECK(texts_at(reading, 0, "interchange/version") == "D96");
}

TEST_CASE("repetitions are those of syntax version 4", "[edi]") {
  const auto tree = [](std::string_view identifier, std::string_view advice) {
    return read_edi("edifact",
                    std::string(advice) +
                        with(edifact_interchange(edifact_message("INVRPT", stock), 1, identifier),
                             "INV-9", "a*b:c"))
        .pieces.at(0)
        .tree;
  };
  CHECK_THAT(tree("UNOY:4", ""), Contains("02=a 02=b(01=b 02=c)"));
  CHECK_THAT(tree("UNOY:4", "UNA:+.?*'"), Contains("02=a 02=b(01=b 02=c)"));
  CHECK_THAT(tree("UNOC:3", ""), Contains("02=a*b(01=a*b 02=c)"));
  CHECK_THAT(tree("UNOC:3", "UNA:+.?*'"), Contains("02=a*b(01=a*b 02=c)"));
}

TEST_CASE("a message says which group it stands in", "[edi]") {
  const std::string message = edifact_message("INVRPT", stock);
  const std::string grouped =
      edifact_interchange("UNG+INVRPT+A+B+261120:0415+77+UN+D:96A'\n" + message + "UNE+1+77'\n");
  const EdiReading reading = read_edi("edifact", grouped);
  REQUIRE(reading.faults() == 0);
  CHECK(reading.warnings() == 0);
  CHECK(texts_at(reading, 0, "UNG/05") == "77");
  CHECK(texts_at(reading, 0, "interchange/key") == "4012345000009/3100/77/1");
}

TEST_CASE("the test indicator of UNB is told", "[edi]") {
  const EdiReading reading = read_edi("edifact", with(report(), "+3100'", "+3100++++++1'"));
  check_is_report(reading);
  CHECK(texts_at(reading, 0, "interchange/test") == "1");
  CHECK(reading.pieces[0].warnings == std::vector<std::string>{"test interchange"});
}

TEST_CASE("a message without its envelope or end is a fault of its own", "[edi]") {
  const std::string message = edifact_message("INVRPT", stock);
  CHECK_THAT(read_edi("edifact", message).pieces.at(0).fault,
             Contains("the set INVRPT (1) stands in no interchange: UNB, the header, is missing"));
  CHECK_THAT(read_edi("edifact", "UNA:+.? '" + message).pieces.at(0).fault,
             Contains("stands in no interchange"));
  const EdiReading bare = read_edi("edifact", std::string(stock));
  REQUIRE(bare.pieces.size() == 1);
  CHECK(bare.pieces[0].fault ==
        "line 1: segments that belong to no set, the first is BGM; UNB, the header, is missing");
  const EdiReading cut =
      read_edi("edifact",
               edifact_interchange(
                   "UNH+1+INVRPT:D:96A:UN'\nBGM+35'\n" + edifact_message("INVRPT", stock, "2"), 2));
  REQUIRE(cut.pieces.size() == 2);
  CHECK(cut.pieces[0].fault == "line 2: the set INVRPT (1) ends without UNT");
  CHECK(cut.pieces[1].record);
  CHECK(read_edi("edifact", edifact_interchange("UNH+1'\nUNT+2+1'\n")).pieces.at(0).fault ==
        "line 2: the set  (1) says in UNH no kind of set");
  CHECK(read_edi("edifact", "{\"no\": \"EDIFACT\"}").pieces.at(0).fault ==
        "line 1: this is not EDIFACT");
}

TEST_CASE("interchanges behind each other are read each with its own separators", "[edi]") {
  std::string other = report();
  for (char& c : other) c = c == ':' ? '=' : c == '\'' ? '~' : c;
  std::string first = report();
  first.resize(first.size() - 2);  // no terminator behind UNZ
  for (const std::string& source :
       {first + "\n" + report(), first + report(), report() + "UNA=+.? ~" + other + report()}) {
    const EdiReading reading = read_edi("edifact", source);
    CHECK(reading.faults() == 0);
    CHECK(reading.pieces.size() >= 2);
    for (std::size_t i = 0; i < reading.pieces.size(); ++i) {
      CHECK(texts_at(reading, i, "LIN/QTY/01/02") == "850");
    }
  }
}

TEST_CASE("an interchange header that is too long is a fault and no interchange", "[edi]") {
  std::string source = report();
  source.insert(source.find("+3100'"), std::string(70'000, 'x'));
  const EdiReading reading = read_edi("edifact", source);
  REQUIRE(reading.pieces.size() == 2);
  CHECK(reading.pieces[0].fault == "line 1: a segment longer than 65536 bytes");
  CHECK_THAT(reading.pieces[1].fault, Contains("stands in no interchange"));
}
