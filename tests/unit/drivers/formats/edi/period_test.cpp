#include "drivers/formats/edi/period.h"

#include <catch2/catch.hpp>

#include "tests/unit/drivers/formats/edi/edi_reading.h"

using namespace storeward;
using namespace storeward::testing;

namespace {

std::string read(std::string_view text, std::string_view form) {
  const EdiPeriod period = edi_period(text, form);
  return period.to.empty() ? period.from : period.from + " " + period.to;
}

}  // namespace

TEST_CASE("a DTM is read as its form says", "[edi]") {
  CHECK(read("201126", "2") == "20261120");
  CHECK(read("112026", "3") == "20261120");
  CHECK(read("20112026", "4") == "20261120");
  CHECK(read("201120261530", "5") == "202611201530");
  CHECK(read("261120", "101") == "20261120");
  CHECK(read("20261120", "102") == "20261120");
  CHECK(read("26324", "105") == "20261120");
  CHECK(read("2611201530", "201") == "202611201530");
  CHECK(read("261120153005", "202") == "20261120153005");
  CHECK(read("202611201530", "203") == "202611201530");
  CHECK(read("20261120153005", "204") == "20261120153005");
  CHECK(read("202611201530+0100", "205") == "202611201530+0100");
}

TEST_CASE("a DTM says its zone as an offset or as UTC", "[edi]") {
  CHECK(read("202611201530UTC", "303") == "202611201530+0000");
  CHECK(read("202611201530-05:00", "303") == "202611201530-0500");
  CHECK(read("20261120153005GMT", "304") == "20261120153005+0000");
  CHECK(read("202611201530XYZ", "303") == "202611201530XYZ");
}

TEST_CASE("a DTM of a week, a month or a year is a period", "[edi]") {
  CHECK(read("202647", "616") == "20261116 20261122");
  CHECK(read("2647", "615") == "20261116 20261122");
  CHECK(read("202601", "616") == "20251229 20260104");
  CHECK(read("202653", "616") == "20261228 20270103");
  CHECK(read("202753", "616") == "202753");  // 2027 has 52
  CHECK(read("202600", "616") == "202600");
  CHECK(read("202602", "610") == "20260201 20260228");
  CHECK(read("2802", "609") == "20280201 20280229");
  CHECK(read("2026", "602") == "20260101 20261231");
}

TEST_CASE("a DTM of two ends is a period", "[edi]") {
  CHECK(read("2026110120261115", "718") == "20261101 20261115");
  CHECK(read("20261101-20261115", "718") == "20261101 20261115");
  CHECK(read("261101261115", "717") == "20261101 20261115");
  CHECK(read("202611010800202611011800", "719") == "202611010800 202611011800");
  CHECK(read("26110108002611011800", "713") == "202611010800 202611011800");
  CHECK(read("202646202647", "716") == "20261109 20261122");
  CHECK(read("26462647", "715") == "20261109 20261122");
}

TEST_CASE("what is not of its form stays as it is", "[edi]") {
  CHECK(read("20261120", "203") == "20261120");
  CHECK(read("20261120", "718") == "20261120");
  CHECK(read("20261120", "") == "20261120");
  CHECK(read("soon", "102") == "soon");
  CHECK(read("", "718").empty());
  CHECK(read("2", "616") == "2");
  CHECK(read("99999999999999999999", "616") == "99999999999999999999");
}

TEST_CASE("a form that is not known is named", "[edi]") {
  CHECK(read("3", "804") == "3 (form 804 of element 2379)");
}

TEST_CASE("below a DTM stands what it says, below no other segment", "[edi]") {
  const EdiReading reading = read_edi(
      "edifact", edifact_interchange(edifact_message(
                     "DESADV", "BGM+351'DTM+137:20261120:102'DTM+2:202647:616'RFF+ON:PO'DTM+17'")));
  REQUIRE(reading.faults() == 0);
  CHECK(texts_at(reading, 0, "DTM/from") == "20261120 20261116");
  CHECK(texts_at(reading, 0, "DTM/to") == "20261122");
  CHECK(texts_at(reading, 0, "DTM/01/02") == "20261120 202647");
  const EdiReading x12 =
      read_edi("x12", x12_interchange(x12_group("IB", x12_set("846", "DTM*02:3*20261120~"))));
  CHECK(texts_at(x12, 0, "DTM/from").empty());
}
