// Envelopes that do not add up: one fault for each interchange, and its sets are taken in.
#include "drivers/formats/edi/envelopes.h"

#include <catch2/catch.hpp>

#include "tests/unit/drivers/formats/edi/edi_reading.h"

using namespace storeward;
using namespace storeward::testing;
using Catch::Matchers::Contains;

namespace {

const std::string stock = x12_interchange(
    x12_group("IB", x12_set("846", "BIA*00*SI*INV-9*20261120~LIN*1*UK*04012345000016~QTY*33*5~")));
const std::string report = edifact_interchange(
    "UNG+INVRPT+A+B+261120:0415+77+UN+D:96A'\n" +
    edifact_message("INVRPT", "BGM+35+INV-9+9'LIN+1++4012345000016:EN'QTY+145:850:PCE'") +
    "UNE+1+77'\n");
const std::string of_x12 = "the interchange 000000021 of WMS3PL does not add up: ";
const std::string of_edifact = "the interchange 3100 of 4012345000009 does not add up: ";
const std::string taken_in =
    ". What was read is taken in; ask the sender whether something is missing";

std::string with(std::string text, std::string_view what, std::string_view instead) {
  const std::size_t at = text.find(what);
  REQUIRE(at != text.npos);
  return text.replace(at, what.size(), instead);
}

// The one set is a record without a word about its envelopes, whatever comes behind it; then they
// are a fault.
EdiReading differing(std::string_view kind, const std::string& source) {
  INFO(source);
  EdiReading reading = read_edi(kind, source);
  REQUIRE(reading.pieces.size() == 2);
  CHECK(reading.pieces[0].record);
  CHECK_FALSE(reading.pieces[1].record);
  CHECK(reading.pieces[1].raw != "");  // what can be looked at is kept
  return reading;
}

std::string x12_fault(std::string_view what, std::string_view instead) {
  const EdiReading reading = differing("x12", with(stock, what, instead));
  CHECK(reading.pieces[0] == read_edi("x12", stock).pieces[0]);
  return reading.pieces[1].fault;
}

std::string edifact_fault(std::string_view what, std::string_view instead) {
  const EdiReading reading = differing("edifact", with(report, what, instead));
  CHECK(reading.pieces[0] == read_edi("edifact", report).pieces[0]);
  return reading.pieces[1].fault;
}

}  // namespace

TEST_CASE("what a trailer contradicts is a fault of the interchange", "[edi][F38]") {
  CHECK(read_edi("x12", stock).pieces.size() == 1);
  CHECK(x12_fault("GE*1", "GE*3") == of_x12 + "line 6: GE01 says 3 sets, there are 1" + taken_in);
  CHECK(x12_fault("GE*1*7", "GE*1*8") ==
        of_x12 + "line 6: the control number of GE is not the one of GS" + taken_in);
  CHECK(x12_fault("IEA*1", "IEA*2") ==
        of_x12 + "line 7: IEA01 says 2 groups, there are 1" + taken_in);
  CHECK(x12_fault("IEA*1*000000021", "IEA*1*000000022") ==
        of_x12 + "line 7: the control number of IEA is not the one of ISA" + taken_in);
  CHECK(read_edi("x12", with(stock, "IEA*1*000000021", "IEA*1*21")).faults() == 0);

  CHECK(read_edi("edifact", report).pieces.size() == 1);
  CHECK(edifact_fault("UNE+1", "UNE+3") ==
        of_edifact + "line 6: UNE01 says 3 sets, there are 1" + taken_in);
  CHECK(edifact_fault("UNE+1+77", "UNE+1+78") ==
        of_edifact + "line 6: the control number of UNE is not the one of UNG" + taken_in);
  CHECK(edifact_fault("UNZ+1", "UNZ+3") ==
        of_edifact + "line 7: UNZ01 says 3 groups, there are 1" + taken_in);
  CHECK(edifact_fault("UNZ+1+3100", "UNZ+1+3101") ==
        of_edifact + "line 7: the control number of UNZ is not the one of UNB" + taken_in);
}

TEST_CASE("a trailer that never comes is a fault of the interchange", "[edi][F38]") {
  CHECK(x12_fault("GE*1*7~\n", "") == of_x12 + "the group 7 ends without GE" + taken_in);
  CHECK(x12_fault("IEA*1*000000021~\n", "") ==
        of_x12 + "the interchange ends without IEA" + taken_in);
  CHECK(x12_fault("GE*1*7~\nIEA*1*000000021~\n", "") ==
        of_x12 + "the group 7 ends without GE; the interchange ends without IEA" + taken_in);
  CHECK(edifact_fault("UNE+1+77'\n", "") ==
        of_edifact + "the group 77 ends without UNE" + taken_in);
  CHECK(edifact_fault("UNZ+1+3100'\n", "") ==
        of_edifact + "the interchange ends without UNZ" + taken_in);
}

TEST_CASE("an interchange that ends before its first set is a fault", "[edi][F38]") {
  const EdiReading x12 = read_edi("x12", stock.substr(0, stock.find("ST*")));
  REQUIRE(x12.pieces.size() == 1);
  CHECK(x12.pieces[0].fault ==
        of_x12 + "the group 7 ends without GE; the interchange ends without IEA" + taken_in);
  CHECK_THAT(x12.pieces[0].raw, Contains("WMS3PL"));
  CHECK_THAT(x12.answer, Contains("AK9*R*0*0*0*3") || Contains("AK9*"));
  const EdiReading edifact = read_edi("edifact", report.substr(0, report.find("UNG")));
  REQUIRE(edifact.pieces.size() == 1);
  CHECK(edifact.pieces[0].fault == of_edifact + "the interchange ends without UNZ" + taken_in);

  const EdiReading group = read_edi("x12", x12_interchange(x12_group("IB", "", 5)));
  REQUIRE(group.pieces.size() == 1);
  CHECK(group.pieces[0].fault == of_x12 + "line 3: GE01 says 5 sets, there are 0" + taken_in);
  CHECK(read_edi("x12", x12_interchange("", 2)).faults() == 1);
  CHECK(read_edi("x12", x12_interchange("", 0)).pieces.empty());
}

TEST_CASE("a set whose own count differs is taken with a warning, and told", "[edi][F38]") {
  const auto told = [](std::string_view kind, const std::string& source) {
    const EdiReading reading = differing(kind, source);
    REQUIRE(reading.pieces[0].warnings.size() == 1);
    CHECK_THAT(reading.pieces[1].fault, Contains("up: " + reading.pieces[0].warnings[0] + ". W"));
    return reading.pieces[0].warnings[0];
  };
  CHECK(told("x12", with(stock, "SE*5", "SE*9")) == "line 5: SE01 says 9 segments, there are 5");
  CHECK(told("x12", with(stock, "SE*5", "SE*")) ==
        "line 5: SE01 says no number of segments, there are 5");
  CHECK(told("x12", with(stock, "SE*5*0001", "SE*5*0002")) ==
        "line 5: the control number of SE is not the one of ST");
  CHECK(told("edifact", with(report, "UNT+5", "UNT+3")) ==
        "line 5: UNT01 says 3 segments, there are 5");
}

TEST_CASE("each interchange is told once, however much of it differs", "[edi][F38]") {
  std::string groups;
  for (int i = 0; i < 100; ++i) groups += x12_group("IB", x12_set("846", "LIN*1*UK*1~"), 2);
  const EdiReading reading =
      read_edi("x12", x12_interchange(groups, 7) + stock.substr(0, stock.find("IEA")) + stock +
                          with(stock, "IEA*1", "IEA*4"));
  CHECK(reading.pieces.size() == 100 + 1 + 1 + 1 + 1 + 1 + 1);
  REQUIRE(reading.faults() == 3);
  CHECK_THAT(reading.pieces[100].fault, Contains("; and 93 more. What was read"));
  CHECK(reading.pieces[100].fault.size() < 1'000);
  CHECK_THAT(reading.pieces[102].fault, Contains("up: the interchange ends without IEA."));
  CHECK(reading.pieces[103].record);
  CHECK_THAT(reading.pieces[105].fault, Contains("IEA01 says 4 groups"));
  for (std::size_t i = 0; i < reading.pieces.size(); ++i) {
    CHECK(reading.pieces[i].place.number == i + 1);  // a cursor counts them all
  }
}
