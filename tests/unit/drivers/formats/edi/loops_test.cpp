#include "drivers/formats/edi/loops.h"

#include <catch2/catch.hpp>

#include "tests/unit/drivers/formats/edi/edi_reading.h"

using namespace storeward;
using namespace storeward::testing;
using Catch::Matchers::Contains;

namespace {

// The tags of the set's segments in their loops, between ST and SE: "N1(N3 N4) LX(W12(N9))".
// Elements have two digits, no tag has.
std::string tags(const Record& record, Record::Node above) {
  std::string out;
  for (auto node = record.first_child(above); node != Record::none;
       node = record.next_sibling(node)) {
    const std::string_view name = record.name(node);
    if (name.find_first_not_of("0123456789") == name.npos) continue;
    const std::string below = tags(record, node);
    out.append(out.empty() ? "" : " ").append(name);
    if (!below.empty()) out += "(" + below + ")";
  }
  return out;
}

std::string between(std::string text, std::string_view begin, std::string_view end) {
  const std::size_t from = text.find(begin) + begin.size();
  return text.substr(from, text.rfind(end) - from);
}

std::string x12_loops(std::string_view kind, std::string_view segments) {
  const EdiReading reading =
      read_edi("x12", x12_interchange(x12_group("XX", x12_set(kind, segments))));
  REQUIRE(reading.faults() == 0);
  return between(tags(reading.records.at(0), Record::root), "ST ", " SE");
}

std::string edifact_loops(std::string_view type, std::string_view segments) {
  const EdiReading reading =
      read_edi("edifact", edifact_interchange(edifact_message(type, segments)));
  REQUIRE(reading.faults() == 0);
  return between(tags(reading.records.at(0), Record::root), "UNH ", " UNT");
}

}  // namespace

TEST_CASE("the segments of a loop stand below the one that opens it", "[edi]") {
  CHECK(x12_loops("846",
                  "BIA*00~N1*WH~N3*x~REF*A~DTM*1~LIN*1~PID*F~QTY*33~UIT*EA~DTM*1~QTY*QA~"
                  "N1*ST~N4*y~LIN*2~QTY*33~CTT*2~") ==
        "BIA N1(N3 REF) DTM LIN(PID QTY(UIT DTM) QTY N1(N4)) LIN(QTY) CTT");
  CHECK(x12_loops("852",
                  "XQ*G~N1*RL~LIN*1~CTP*1~QTY*17~ZA*QA~SDQ*EA~ZA*QR~QTY*N4~LIN*2~ZA*QS~"
                  "CTT*2~") == "XQ N1 LIN(CTP QTY ZA(SDQ) ZA(QTY)) LIN(ZA) CTT");
  CHECK(x12_loops("944", "W17*F~N1*WH~G62*1~W07*1~N9*LT~W13*4~W07*2~W14*168~") ==
        "W17 N1 G62 W07(N9 W13) W07 W14");
  CHECK(x12_loops("945",
                  "W06*N~N1*SF~N4*x~G62*1~W27*M~LX*1~MAN*GM~W12*CC~N9*LT~W12*SH~LX*2~"
                  "MAN*GM~W12*CC~W03*1~") ==
        "W06 N1(N4) G62 W27 LX(MAN W12(N9) W12) LX(MAN W12) W03");
  CHECK(x12_loops("945", "W06*N~W12*CC~N9*LT~W12*CC~W03*1~") == "W06 W12(N9) W12 W03");
  CHECK(x12_loops("947", "W15*1~N1*WH~W19*06~N9*LT~W19*07~") == "W15 N1 W19(N9) W19");
  CHECK(x12_loops("940", "W05*N~N1*ST~N3*x~N9*1~LX*1~W01*1~G69*x~LX*2~W01*1~W76*1~") ==
        "W05 N1(N3) N9 LX(W01(G69)) LX(W01) W76");
  CHECK(x12_loops("943", "W06*N~N1*ST~W04*1~N9*LT~W04*2~W03*1~") == "W06 N1 W04(N9) W04 W03");
}

TEST_CASE("a sales report pairs quantities and items in either order", "[edi]") {
  CHECK(x12_loops("867",
                  "BPT*00~PTD*SS~N1*ST~REF*P~QTY*32~LIN*1~AMT*S~QTY*32~LIN*2~PTD*PA~"
                  "QTY*32~LIN*3~CTT*2~AMT*S~") ==
        "BPT PTD(N1(REF) QTY(LIN AMT) QTY(LIN)) PTD(QTY(LIN)) CTT AMT");
  CHECK(x12_loops("867", "PTD*SS~LIN*1~QTY*32~LIN*2~QTY*32~PTD*PA~LIN*3~QTY*1~") ==
        "PTD(LIN(QTY) LIN(QTY)) PTD(LIN(QTY))");
}

TEST_CASE("the levels of a shipment notice are a tree by their numbers", "[edi]") {
  CHECK(x12_loops("856",
                  "BSN*00~HL*1**S~TD1*1~N1*SF~N3*x~HL*2*1*O~PRF*1~HL*3*2*P~MAN*GM~"
                  "HL*4*3*I~LIN*1~SN1*1~HL*5*1*O~HL*6*5*I~LIN*2~CTT*6~") ==
        "BSN HL(TD1 N1(N3) HL(PRF HL(MAN HL(LIN SN1))) HL(HL(LIN))) CTT");
  const EdiReading orphan =
      read_edi("x12", x12_interchange(x12_group("SH", x12_set("856", "HL*1**S~HL*2*9*O~"))));
  CHECK(orphan.pieces.at(0).warnings ==
        std::vector<std::string>{"line 4: HL02 names a parent that did not come before"});
}

TEST_CASE("a tree of endless levels is a fault", "[edi]") {
  std::string levels = "HL*1**S~";
  for (std::size_t i = 2; i <= EdiLoops::max_levels + 1; ++i) {
    levels += "HL*" + std::to_string(i) + "*" + std::to_string(i - 1) + "*I~";
  }
  const EdiReading reading =
      read_edi("x12", x12_interchange(x12_group("SH", x12_set("856", levels))));
  CHECK_THAT(reading.pieces.at(0).fault, Contains("more than 20 levels of HL"));
}

TEST_CASE("messages group their lines by place, package and item", "[edi]") {
  CHECK(edifact_loops("INVRPT",
                      "BGM+35'DTM+137'NAD+WH'LOC+18'LIN+1'IMD+F'QTY+145'LOC+18'QTY+83'"
                      "LIN+2'LOC+1'QTY+1'LOC+2'QTY+2'UNS+S'CNT+2'") ==
        "BGM DTM NAD(LOC) LIN(IMD QTY(LOC) QTY) LIN(LOC(QTY) LOC(QTY)) UNS CNT");
  CHECK(edifact_loops("INVRPT", "LIN+1'INV+1'QTY+145'LOC+18'NAD+CN'RFF+1'INV+2'QTY+83'") ==
        "LIN(INV(QTY(LOC) NAD(RFF)) INV(QTY))");
  CHECK(
      edifact_loops("INVRPT",
                    "LIN+1'PIA+1'QTY+145'INV+1'GIN+BX'LOC+18'DTM+366'QTY+145'CPS+1'PAC+1'PCI+33E'"
                    "DTM+361'GIN+BJ'PAC+1'QTY+145'GIN+BX'LIN+2'QTY+1'NAD+GY'RFF+1'UNS+S'") ==
      "LIN(PIA QTY(INV GIN LOC DTM) QTY(CPS(PAC PCI DTM GIN PAC)) QTY(GIN)) LIN(QTY NAD(RFF)) UNS");
  CHECK(edifact_loops("INVRPT", "LIN+1'INV+1'QTY+145'GIN+BX'LOC+18'INV+1'QTY+145'LOC+18'LIN+2'") ==
        "LIN(INV(QTY(GIN LOC)) INV(QTY(LOC))) LIN");
  CHECK(edifact_loops("SLSRPT",
                      "BGM+73E'NAD+BY'LOC+162'DTM+356'LIN+1'PRI+AAE'QTY+153'LIN+2'"
                      "QTY+153'LOC+162'LIN+1'CNT+2'") ==
        "BGM NAD LOC(DTM LIN(PRI QTY) LIN(QTY)) LOC(LIN) CNT");
  CHECK(edifact_loops("SLSRPT", "LIN+1'LOC+162'QTY+153'LOC+162'QTY+153'LIN+2'LOC+162'") ==
        "LIN(LOC(QTY) LOC(QTY)) LIN(LOC)");
  CHECK(edifact_loops("DESADV",
                      "BGM+351'NAD+SU'RFF+1'CPS+1'PAC+1'CPS+2+1'PAC+1'PCI+33E'GIN+BJ'"
                      "LIN+1'QTY+12'IMD+F'PCI+36E'DTM+36'GIN+BX'LIN+2'CNT+2'") ==
        "BGM NAD(RFF) CPS(PAC) CPS(PAC(PCI GIN) LIN(QTY IMD PCI(DTM GIN)) LIN) CNT");
  CHECK(edifact_loops("RECADV",
                      "BGM+632'RFF+1'DTM+1'NAD+BY'RFF+1'CPS+1'LIN+1'QTY+48'RFF+2'"
                      "PCI+36E'QTY+48'QVR+1'GIN+BX'PCI+36E'QTY+48'CNT+2'") ==
        "BGM RFF DTM NAD(RFF) CPS(LIN(QTY RFF PCI(QTY QVR GIN) PCI(QTY))) CNT");
}

TEST_CASE("sets without a table are flat", "[edi]") {
  CHECK(x12_loops("850", "BEG*00~N1*ST~N3*x~PO1*1~PID*F~CTT*1~") == "BEG N1 N3 PO1 PID CTT");
  CHECK(edifact_loops("ORDERS", "BGM+220'NAD+BY'LIN+1'QTY+21'") == "BGM NAD LIN QTY");
}
