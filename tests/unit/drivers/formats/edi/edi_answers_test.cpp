#include <catch2/catch.hpp>

#include "drivers/formats/edi/envelopes.h"
#include "tests/unit/drivers/formats/edi/edi_reading.h"

using namespace storeward;
using namespace storeward::testing;
using Catch::Matchers::Contains;

namespace {

constexpr std::string_view isa =
    "ISA*00*          *00*          *ZZ*RETAILHUB      *ZZ*WMS3PL         *261120*0415*^*00401*"
    "000000021*0*P*>~GS*FA*RETAILHUB*WMS3PL*20261120*0415*000000021*X*004010~";

// The answer between its fixed head and tail.
std::string x12_answer_to(std::string_view groups, std::size_t count = 1) {
  std::string answer = read_edi("x12", x12_interchange(groups, count)).answer;
  const std::string tail = "GE*" + std::to_string(count) + "*000000021~IEA*1*000000021~";
  REQUIRE(answer.starts_with(isa));
  REQUIRE(answer.ends_with(tail));
  return answer.substr(isa.size(), answer.size() - isa.size() - tail.size());
}

constexpr std::string_view stock = "LIN*1*UK*04012345000016~";

}  // namespace

TEST_CASE("a 997 accepts sets, notes their errors and rejects what could not be read", "[edi]") {
  CHECK(x12_answer_to(x12_group("IB", x12_set("846", stock))) ==
        "ST*997*0001~AK1*IB*7~AK2*846*0001~AK5*A~AK9*A*1*1*1~SE*6*0001~");
  CHECK(x12_answer_to(x12_group("IB", "ST*846*0001~LIN*1~SE*9*0001~")) ==
        "ST*997*0001~AK1*IB*7~AK2*846*0001~AK5*E*4~AK9*E*1*1*1~SE*6*0001~");
  CHECK(x12_answer_to(x12_group("IB", "ST*846*0001~LIN*1~SE*3*0002~")) ==
        "ST*997*0001~AK1*IB*7~AK2*846*0001~AK5*E*3~AK9*E*1*1*1~SE*6*0001~");
  CHECK(x12_answer_to(x12_group("IB", x12_set("846", stock) + "ST*846*0002~LIN*1~", 2)) ==
        "ST*997*0001~AK1*IB*7~AK2*846*0001~AK5*A~AK2*846*0002~AK5*R*2~AK9*P*2*2*1~SE*8*0001~");
  CHECK(x12_answer_to(x12_group("IB", x12_set("846", "*no tag~"))) ==
        "ST*997*0001~AK1*IB*7~AK2*846*0001~AK5*R*5~AK9*R*1*1*0~SE*6*0001~");
  CHECK(x12_answer_to(x12_group("IB", x12_set("846", stock), 3)) ==
        "ST*997*0001~AK1*IB*7~AK2*846*0001~AK5*A~AK9*E*3*1*1*5~SE*6*0001~");
}

TEST_CASE("a group of which no set came is rejected", "[edi]") {
  CHECK(x12_answer_to(x12_group("IB", "", 5)) == "ST*997*0001~AK1*IB*7~AK9*R*5*0*0*5~SE*4*0001~");
  CHECK(x12_answer_to(x12_group("IB", "", 0)) == "ST*997*0001~AK1*IB*7~AK9*A*0*0*0~SE*4*0001~");
}

TEST_CASE("each group has its 997", "[edi]") {
  CHECK(x12_answer_to(x12_group("IB", x12_set("846", stock)) +
                          x12_group("AW", x12_set("947", "W19*06*-3*EA~")),
                      2) ==
        "ST*997*0001~AK1*IB*7~AK2*846*0001~AK5*A~AK9*A*1*1*1~SE*6*0001~"
        "ST*997*0002~AK1*AW*7~AK2*947*0001~AK5*A~AK9*A*1*1*1~SE*6*0002~");
}

TEST_CASE("an acknowledgement is never answered", "[edi]") {
  const std::string ack = x12_group("FA", x12_set("997", "AK1*IB*7~AK9*A*1*1*1~"));
  CHECK(read_edi("x12", x12_interchange(ack)).answer == "");
  CHECK(read_edi("x12", x12_interchange(x12_group("XX", x12_set("999", "AK1*IB*7~")))).answer ==
        "");
  const std::string both =
      read_edi("x12", x12_interchange(ack + x12_group("IB", x12_set("846", stock)), 2)).answer;
  CHECK_THAT(both, Contains("AK1*IB*7") && !Contains("AK1*FA"));
  const std::string contrl = edifact_message("CONTRL", "UCI+3100+A+B+7'");
  CHECK(read_edi("edifact", edifact_interchange(contrl)).answer == "");
}

TEST_CASE("a control number that reads as an interchange is not repeated in an answer", "[edi]") {
  const std::string message = "UNH+1+INVRPT:D:96A:UN'BGM+35'UNT+3+1'";
  const std::string edifact = "UNA=*,? ~UNB*UNOC=3*A*B*261120=0415*UNB+UNOC:3+A+B+261120:0415+1'" +
                              message + "~UNH*1*INVRPT=D=96A=UN~BGM*35~UNT*3*1~";
  CHECK(read_edi("edifact", edifact).pieces.size() == 2);  // UNZ is missing
  CHECK(read_edi("edifact", edifact).answer == "");
  const std::string within =
      "ISA*00*          *00*          *ZZ*A              *ZZ*B              "
      "*261120*0415*U*00401*000000021*0*P*>!ST*846*0001!LIN*1!SE*3*0001!";
  const std::string x12 =
      "ISA+00+          +00+          +ZZ+A              +ZZ+B              "
      "+261120+0415+U+00401+" +
      within + "+0+P+:~GS+IB+A+B+20261120+0415+7+X+004010~ST+846+0001~LIN+1~SE+3+0001~GE+1+7~";
  CHECK(read_edi("x12", x12).pieces.size() == 2);
  CHECK(read_edi("x12", x12).answer == "");
}

TEST_CASE("an answer is itself an interchange without a fault, and is not answered", "[edi]") {
  const std::string sent =
      x12_interchange(x12_group("IB", x12_set("846", stock) + "ST*846*0002~LIN*1~", 2));
  const EdiReading answer = read_edi("x12", read_edi("x12", sent).answer);
  REQUIRE(answer.pieces.size() == 1);
  CHECK(answer.faults() == 0);
  CHECK(answer.warnings() == 0);
  CHECK(texts_at(answer, 0, "interchange/receiver") == "WMS3PL");
  CHECK(answer.answer == "");
  const EdiReading report = read_edi(
      "edifact",
      read_edi("edifact", edifact_interchange(edifact_message("INVRPT", "BGM+35'"))).answer);
  REQUIRE(report.pieces.size() == 1);
  CHECK(report.faults() == 0);
  CHECK(report.warnings() == 0);
  CHECK(texts_at(report, 0, "interchange/receiver") == "4012345000009");
  CHECK(report.answer == "");
}

TEST_CASE("a CONTRL acknowledges messages and rejects what could not be read", "[edi]") {
  const std::string sent =
      edifact_interchange(edifact_message("INVRPT", "BGM+35'") + "UNH+2+INVRPT:D:96A:UN'BGM+35'\n" +
                              edifact_message("INVRPT", "+x'", "3"),
                          3);
  const std::string head =
      "UNB+UNOC:3+4098765000003:14+4012345000009:14+261120:0415+3100'UNH+1+CONTRL:D:3:UN'"
      "UCI+3100+4012345000009:14+4098765000003:14+7'";
  CHECK(read_edi("edifact", sent).answer ==
        head +
            "UCM+1+INVRPT:D:96A:UN+7'UCM+2+INVRPT:D:96A:UN+4+13+UNT'UCM+3+INVRPT:D:96A:UN+4+18'"
            "UNT+6+1'UNZ+1+3100'");
  const std::string grouped =
      edifact_interchange("UNG+INVRPT+A+B+261120:0415+77+UN+D:96A'" +
                          edifact_message("INVRPT", "BGM+35'") + "UNE+1+77'");
  CHECK(read_edi("edifact", "UNA:+,? '" + grouped).answer ==
        "UNA:+,? '" + head + "UCF+77+A+B+7'UCM+1+INVRPT:D:96A:UN+7'UNT+5+1'UNZ+1+3100'");
}

TEST_CASE("test data is answered as test data, with the separators received", "[edi]") {
  std::string x12 = x12_interchange(x12_group("IB", x12_set("846", stock)));
  x12.replace(x12.find("*0*P*>"), 6, "*0*T*>");
  for (char& c : x12) c = c == '*' ? '|' : c == '~' ? '}' : c;
  CHECK_THAT(read_edi("x12", x12).answer,
             Contains("|000000021|0|T|>}GS|FA|") && Contains("}AK5|A}"));
  std::string edifact = edifact_interchange(edifact_message("INVRPT", "BGM+35'"));
  edifact.replace(edifact.find("+3100'"), 6, "+3100++++++1'");
  CHECK_THAT(read_edi("edifact", edifact).answer, Contains("+261120:0415+3100++++++1'UNH"));
}

TEST_CASE("more sets than an answer may name leave their interchange without one", "[edi]") {
  std::string sets;
  const std::size_t count = EdiEnvelopes::max_remembered_bytes / sizeof(EdiSetSeen);
  for (std::size_t i = 0; i < count; ++i) sets += x12_set("846", stock, std::to_string(i + 1));
  const EdiReading reading =
      read_edi("x12", x12_interchange(x12_group("IB", sets, count)) +
                          x12_interchange(x12_group("AW", x12_set("947", stock))));
  CHECK(reading.pieces.size() == count + 1);
  CHECK(reading.faults() == 0);
  CHECK_THAT(reading.answer, Contains("AK1*AW*7") && !Contains("AK1*IB"));
}
