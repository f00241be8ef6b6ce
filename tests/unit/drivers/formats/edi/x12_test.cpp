#include <catch2/catch.hpp>

#include <algorithm>

#include "agent/core/mapping/path.h"
#include "drivers/formats/edi/decoder.h"
#include "tests/unit/drivers/formats/edi/edi_reading.h"

using namespace storeward;
using namespace storeward::testing;
using Catch::Matchers::Contains;

namespace {

constexpr std::string_view stock = "BIA*00*SI*INV-9*20261120~LIN*1*UK*04012345000016~QTY*33*5*EA~";

std::string snapshot() {
  return x12_interchange(x12_group("IB", x12_set("846", stock)));
}

std::string with(std::string text, std::string_view what, std::string_view instead) {
  const std::size_t at = text.find(what);
  REQUIRE(at != text.npos);
  return text.replace(at, what.size(), instead);
}

std::string with_all(std::string text, char what, std::string_view instead) {
  std::string out;
  for (const char c : text) {
    if (c == what) {
      out += instead;
    } else {
      out += c;
    }
  }
  return out;
}

// The record that the interchange is meant to be, whatever its separators.
void check_is_snapshot(const EdiReading& reading) {
  REQUIRE(reading.pieces.size() == 1);
  CHECK(reading.pieces[0].fault == "");
  CHECK(texts_at(reading, 0, "BIA/02") == "SI");
  CHECK(texts_at(reading, 0, "LIN/03") == "04012345000016");
  CHECK(texts_at(reading, 0, "LIN/QTY/02") == "5");
  CHECK(texts_at(reading, 0, "interchange/key") == "WMS3PL/000000021/7/0001");
}

}  // namespace

TEST_CASE("a transaction set is one record with its envelope and plain fields", "[edi]") {
  const EdiReading reading = read_edi("x12", snapshot());
  check_is_snapshot(reading);
  CHECK(reading.warnings() == 0);
  CHECK(reading.pieces[0].tree ==
        "ISA(01=00 03=00 05=ZZ 06=WMS3PL 07=ZZ 08=RETAILHUB 09=261120 10=0415 11=^ 12=00401 "
        "13=000000021 14=0 15=P 16=>) "
        "GS(01=IB 02=WMS3PL 03=RETAILHUB 04=20261120 05=0415 06=7 07=X 08=004010) "
        "ST(01=846 02=0001) BIA(01=00 02=SI 03=INV-9 04=20261120) "
        "LIN(01=1 02=UK 03=04012345000016 pair(01=UK 02=04012345000016) QTY(01=33 02=5 03=EA)) "
        "SE(01=5 02=0001) "
        "interchange(sender=WMS3PL receiver=RETAILHUB control=000000021 date=2026-11-20 group=7 "
        "set=846 version=004010 set_control=0001 key=WMS3PL/000000021/7/0001 test=0)");
  const RecordPlace place = reading.pieces[0].place;
  CHECK(place.line == 3);
  CHECK(place.number == 1);
  CHECK(snapshot().substr(place.offset, place.bytes) == reading.pieces[0].raw);
  CHECK(reading.pieces[0].raw.starts_with("ST*846*0001~"));
  CHECK(reading.pieces[0].raw.ends_with("SE*5*0001~"));
}

TEST_CASE("elements that go in pairs can be asked for by the first of the two", "[edi]") {
  const EdiReading reading = read_edi(
      "x12", x12_interchange(x12_group("PD", x12_set("852",
                                                     "LIN*1*VN**UP*012345000010*LT*UP~ZA*QS~"
                                                     "SDQ*EA*92*0012*5*0044*7~"))));
  REQUIRE(reading.records.size() == 1);
  const auto found = [&record = reading.records[0]](std::string_view path) {
    const Record::Node node = Path::parse(path)->first(record, Record::root);
    return node == Record::none ? "nothing" : std::string(record.text(node));
  };
  CHECK(found("LIN/pair[01='UP']/02") == "012345000010");
  CHECK(found("LIN/pair[01='LT']/02") == "UP");
  CHECK(found("LIN/pair[01='VN']/02") == "nothing");
  CHECK(found("LIN/ZA/SDQ/pair[01='0044']/02") == "7");
}

TEST_CASE("the separators are those that the interchange uses", "[edi]") {
  for (const std::string_view separator : {"|", "^", "\x1d"}) {
    check_is_snapshot(read_edi("x12", with_all(with_all(snapshot(), '^', "U"), '*', separator)));
  }
  for (const std::string_view terminator :
       {"}", "\n", "\r\n", "\r", "'", "\x1c", "\xe2\x80\xa6", "\xc3\x96", "\xa7"}) {
    INFO("terminator " << terminator);
    std::string source = snapshot();
    source.erase(std::remove(source.begin(), source.end(), '\n'), source.end());
    check_is_snapshot(read_edi("x12", with_all(source, '~', terminator)));
  }
}

TEST_CASE("indentation, blank lines, doubled terminators and an end-of-file mark mean nothing",
          "[edi]") {
  const std::string source = "\n\n  " + with_all(snapshot(), '\n', "\r\n\r\n\t   ") + "\x1a";
  const EdiReading reading = read_edi("x12", source);
  check_is_snapshot(reading);
  CHECK(reading.warnings() == 0);
  CHECK(read_edi("x12", with(snapshot(), "EA~", "EA~~~")).warnings() == 0);
}

TEST_CASE("an ISA of another length is read by its separators", "[edi]") {
  std::string source = with(snapshot(), "WMS3PL         ", "WMS3PL");
  source = with(source, "*00*          *00*", "*00**00*");
  check_is_snapshot(
      read_edi("x12", with(source, "RETAILHUB      ", "RETAILHUB \xC2\xA0 \xC2\xA0")));
}

TEST_CASE("a byte order mark is a warning, and a last terminator is not needed", "[edi]") {
  std::string source = "\xEF\xBB\xBF" + snapshot();
  source.resize(source.size() - 2);
  const EdiReading reading = read_edi("x12", source);
  check_is_snapshot(reading);
  CHECK(reading.pieces[0].warnings ==
        std::vector<std::string>{"the source begins with a byte order mark"});
}

TEST_CASE("test interchanges say so", "[edi]") {
  const EdiReading reading = read_edi("x12", with(snapshot(), "*0*P*>", "*0*T*>"));
  check_is_snapshot(reading);
  CHECK(texts_at(reading, 0, "interchange/test") == "1");
  CHECK(reading.pieces[0].warnings == std::vector<std::string>{"test interchange"});
}

TEST_CASE("a date of two-digit years is taken between 1970 and 2069", "[edi]") {
  const auto date = [](std::string_view digits) {
    return texts_at(
        read_edi("x12", with(snapshot(), "261120*0415*^", std::string(digits) + "*0415*^")), 0,
        "interchange/date");
  };
  CHECK(date("960807") == "1996-08-07");
  CHECK(date("690101") == "2069-01-01");
  CHECK(date("20041231") == "2004-12-31");
  CHECK(date("041331") == "");
  CHECK(date("today") == "");
}

TEST_CASE("repetitions are siblings from 00402 on, components stand below", "[edi]") {
  const std::string sets = x12_group("IB", x12_set("846", "ABC*a^b>c^*x>>y~"));
  const EdiReading newer = read_edi("x12", x12_interchange(sets, 1, "00501"));
  CHECK_THAT(newer.pieces[0].tree, Contains("ABC(01=a 01=b(01=b 02=c) 02=x(01=x 03=y))"));
  const EdiReading older = read_edi("x12", x12_interchange(sets, 1, "00401"));
  CHECK_THAT(older.pieces[0].tree, Contains("ABC(01=a^b(01=a^b 02=c^) 02=x(01=x 03=y))"));
}

TEST_CASE("text that is not UTF-8 is taken as Latin-1", "[edi]") {
  const auto name = [](std::string_view text) {
    return texts_at(read_edi("x12", with(snapshot(), "INV-9", text)), 0, "BIA/03");
  };
  CHECK(name("Gr\xfc\xdf"
             "e") ==
        "Gr\xc3\xbc\xc3\x9f"
        "e");
  CHECK(name("Gr\xc3\xbc\xc3\x9f"
             "e") ==
        "Gr\xc3\xbc\xc3\x9f"
        "e");
}

TEST_CASE("several sets, groups and interchanges of a file each come with their own envelope",
          "[edi]") {
  const std::string first =
      x12_interchange(x12_group("IB", x12_set("846", stock) + x12_set("846", stock, "0002"), 2) +
                          x12_group("AW", x12_set("947", "W19*06*-3*EA~")),
                      2);
  const std::string second = with_all(with(snapshot(), "WMS3PL ", "OTHER  "), '*', "|");
  const EdiReading reading = read_edi("x12", first + second);
  REQUIRE(reading.pieces.size() == 4);
  CHECK(reading.faults() == 0);
  CHECK(reading.warnings() == 0);
  CHECK(texts_at(reading, 1, "interchange/key") == "WMS3PL/000000021/7/0002");
  CHECK(texts_at(reading, 2, "GS/01") == "AW");
  CHECK(texts_at(reading, 2, "W19/02") == "-3");
  CHECK(texts_at(reading, 3, "interchange/sender") == "OTHER");
  CHECK(reading.pieces[3].place.number == 4);
}

TEST_CASE("files that were joined where the last terminator is missing are still two", "[edi]") {
  for (const std::string_view between : {"\n", "\r\n  ", ""}) {
    std::string first = snapshot();
    first.resize(first.size() - 2);
    const EdiReading reading =
        read_edi("x12", first + std::string(between) +
                            with(with(snapshot(), "*0001~", "*0005~"), "*0001~", "*0005~"));
    REQUIRE(reading.pieces.size() == 2);
    CHECK(reading.faults() == 0);
    CHECK(texts_at(reading, 0, "interchange/set_control") == "0001");
    CHECK(texts_at(reading, 1, "interchange/set_control") == "0005");
    CHECK(reading.warnings() == 0);
  }
}

TEST_CASE("a received interchange acknowledgement is a record of its own", "[edi]") {
  const EdiReading reading =
      read_edi("x12", x12_interchange("TA1*000000905*261119*0410*R*020~\n", 0));
  REQUIRE(reading.pieces.size() == 1);
  CHECK(texts_at(reading, 0, "TA1/04") == "R");
  CHECK(texts_at(reading, 0, "interchange/set") == "TA1");
  CHECK(texts_at(reading, 0, "interchange/set_control") == "000000905");
  CHECK(reading.warnings() == 0);
  CHECK(reading.answer == "");
}
