#include <catch2/catch.hpp>

#include "drivers/formats/edi/decoder.h"
#include "tests/unit/drivers/formats/edi/edi_reading.h"

using namespace storeward;
using namespace storeward::testing;
using Catch::Matchers::Contains;

namespace {

constexpr std::string_view stock = "BIA*00*SI*INV-9*20261120~LIN*1*UK*04012345000016~QTY*33*5*EA~";

// Two sets, and in their middle what is given; `sets`: as many as there are in all.
EdiReading with_middle(std::string_view middle, std::size_t max_record_bytes = 1u << 20,
                       std::size_t sets = 3) {
  return read_edi(
      "x12",
      x12_interchange(x12_group(
          "IB", x12_set("846", stock) + std::string(middle) + x12_set("846", stock, "0003"), sets)),
      max_record_bytes);
}

// The first and the last are records whatever the middle is, which is the fault.
std::string fault_of(const EdiReading& reading) {
  REQUIRE(reading.pieces.size() == 3);
  CHECK(reading.pieces[0].record);
  CHECK(reading.pieces[2].record);
  CHECK(texts_at(reading, 2, "interchange/set_control") == "0003");
  CHECK_FALSE(reading.pieces[1].record);
  CHECK(reading.pieces[1].tree == "");
  return reading.pieces[1].fault;
}

}  // namespace

TEST_CASE("a set that cannot be trusted is a fault and leaves its neighbours alone", "[edi]") {
  CHECK(fault_of(with_middle("ST*846*0002~\nLIN*1~\n")) ==
        "line 6: the set 846 (0002) ends without SE");
  CHECK(fault_of(with_middle(x12_set("846", "LIN*1*UK~*x~", "0002"))) ==
        "line 7: a segment without a tag");
  CHECK(fault_of(with_middle(x12_set("846", "LIN*1*UK\r\n  QTY*33*1~", "0002"))) ==
        "line 7: the segment before QTY has no terminator");
  CHECK(fault_of(with_middle(x12_set("", "LIN*1~", "0002"))) ==
        "line 6: the set  (0002) says in ST no kind of set");
  CHECK(fault_of(with_middle(x12_set("846", "LIN*1~", ""))) ==
        "line 6: the set 846 () has no control number in ST");
  CHECK(fault_of(with_middle("LIN*1*UK~\nSE*2*0002~\n", 1u << 20, 2)) ==
        "line 6: segments that belong to no set, the first is LIN");
  CHECK(fault_of(with_middle("what is this?~\n", 1u << 20, 2)) ==
        "line 6: segments that belong to no set");
}

TEST_CASE("a line break within a text is no part of it, and told", "[edi]") {
  const EdiReading reading = with_middle(x12_set("846", "LIN*1*SK*SKU\r\n-7~", "0002"));
  REQUIRE(reading.faults() == 0);
  CHECK(texts_at(reading, 1, "LIN/pair/02") == "SKU-7");
  CHECK(reading.pieces[1].warnings ==
        std::vector<std::string>{"line 7: a line break stands within a segment"});
}

TEST_CASE("a set that is too long is read over, and its beginning kept", "[edi]") {
  std::string long_set;
  for (int i = 0; i < 100; ++i) long_set += "LIN*1*UK*04012345000016~";
  const EdiReading reading = with_middle(x12_set("846", long_set, "0002"), 500);
  CHECK(fault_of(reading) == "line 6: the set 846 (0002) is longer than 500 bytes");
  CHECK(reading.pieces[1].raw.size() == 500);
  CHECK(reading.pieces[1].raw.starts_with("ST*846*0002~\nLIN"));
  CHECK(reading.pieces[1].place.bytes > 2'400);
}

TEST_CASE("a segment that is too long is the fault of its set", "[edi]") {
  const std::string text(EdiSegments::max_segment_bytes + 10, 'x');
  CHECK(fault_of(with_middle(x12_set("846", "MSG*" + text + "~", "0002"))) ==
        "line 7: a segment longer than 65536 bytes");
  // What stands behind the cut is the segment's still, whatever it looks like.
  const std::string filled(EdiSegments::max_segment_bytes - 4, 'x');
  const EdiReading reading = with_middle(x12_set("846", "MSG*" + filled + "SE*3*0002~", "0002"));
  CHECK(fault_of(reading) == "line 7: a segment longer than 65536 bytes");
  CHECK(reading.pieces[1].raw.ends_with("~\nSE*3*0002~"));
}

TEST_CASE("more elements than a record may have are a fault", "[edi]") {
  std::string full;
  for (std::size_t i = 0; i < Record::max_nodes / 40; ++i) {
    full += "REF";
    for (int element = 0; element < 50; ++element) full += "*1";
    full += '~';
  }
  const EdiReading reading = with_middle(x12_set("846", full, "0002"), 8u << 20);
  CHECK_THAT(fault_of(reading), Contains("more than 200000 elements in one set"));
}

TEST_CASE("a file that is cut says which set is not whole", "[edi]") {
  const std::string whole =
      x12_interchange(x12_group("IB", x12_set("846", stock) + x12_set("846", stock, "0002"), 2));
  const EdiReading reading = read_edi("x12", whole.substr(0, whole.find("SE*5*0002")));
  REQUIRE(reading.pieces.size() == 3);
  CHECK(reading.pieces[0].record);
  CHECK(reading.pieces[1].fault == "line 6: the set 846 (0002) ends without SE");
  CHECK_THAT(reading.pieces[2].fault, Contains("the interchange ends without IEA"));
}

TEST_CASE("sets that stand in no interchange are faults that say what is missing", "[edi]") {
  const std::string sets = x12_set("846", stock) + x12_set("846", stock, "0002");
  for (const std::string& source : {sets, x12_group("IB", sets, 2)}) {
    const EdiReading reading = read_edi("x12", source);
    REQUIRE(reading.pieces.size() == 2);
    CHECK_THAT(
        reading.pieces[0].fault,
        Contains("the set 846 (0001) stands in no interchange: ISA, the header, is missing"));
    CHECK_THAT(reading.pieces[1].fault, Contains("the set 846 (0002) stands in no interchange"));
    CHECK(reading.answer == "");
  }
}

TEST_CASE("an interchange whose header cannot be read loses no set silently", "[edi]") {
  std::string source = x12_interchange(x12_group("IB", x12_set("846", stock)));
  source.replace(source.find("*P*>~"), 5, "*>~");
  const EdiReading reading =
      read_edi("x12", source + x12_interchange(x12_group("IB", x12_set("846", stock))));
  REQUIRE(reading.pieces.size() == 3);
  CHECK(reading.pieces[0].fault == "line 1: ISA, the header, cannot be read");
  CHECK_THAT(reading.pieces[1].fault, Contains("the set 846 (0001) stands in no interchange"));
  CHECK(reading.pieces[2].record);
}

TEST_CASE("an interchange that breaks off does not swallow the next one", "[edi]") {
  const std::string whole = x12_interchange(x12_group("IB", x12_set("846", stock)));
  const EdiReading reading = read_edi("x12", whole.substr(0, whole.find("QTY*33")) + "\n" + whole);
  REQUIRE(reading.pieces.size() == 3);
  CHECK_THAT(reading.pieces[0].fault, Contains("ends without SE"));
  CHECK_THAT(reading.pieces[1].fault, Contains("the interchange ends without IEA"));
  CHECK(reading.pieces[2].record);
}

TEST_CASE("what is no X12 at all is one fault, and an interchange behind it is read", "[edi]") {
  const std::string text = "Dear partner,\nplease find the file attached.\n";
  const EdiReading reading =
      read_edi("x12", text + x12_interchange(x12_group("IB", x12_set("846", stock))));
  REQUIRE(reading.pieces.size() == 2);
  CHECK(reading.pieces[0].fault == "line 1: this is not X12");
  CHECK(reading.pieces[0].raw == text);
  CHECK(reading.pieces[1].record);
  CHECK(read_edi("x12", "").pieces.empty());
  CHECK(read_edi("x12", " \r\n\x1a").pieces.empty());
  CHECK(read_edi("x12", "ISA").pieces.size() == 1);
  CHECK(read_edi("x12", std::string(300'000, 'x')).pieces.size() == 1);
}

TEST_CASE("a set in no group is taken with a warning", "[edi]") {
  const EdiReading reading = read_edi("x12", x12_interchange(x12_set("846", stock), 0));
  REQUIRE(reading.pieces.size() == 1);
  CHECK(reading.pieces[0].warnings ==
        std::vector<std::string>{"the set stands in no group: GS is missing"});
  CHECK(texts_at(reading, 0, "interchange/key") == "WMS3PL/000000021//0001");
  const EdiReading behind = read_edi(
      "x12", x12_interchange(x12_group("IB", x12_set("846", stock)) + x12_set("846", stock)));
  REQUIRE(behind.pieces.size() == 2);
  CHECK(behind.pieces[0].warnings.empty());
  CHECK(behind.pieces[1].warnings ==
        std::vector<std::string>{"the set stands in no group: GS is missing"});
}
