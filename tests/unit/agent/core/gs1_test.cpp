#include "agent/core/gs1.h"

#include <catch2/catch.hpp>

namespace storeward::gs1 {
namespace {

constexpr int year = 2026;

std::string shown(const std::vector<Element>& elements) {
  std::string out;
  for (const Element& element : elements) {
    if (!out.empty()) out += ' ';
    out += element.name + "=" + element.meaning;
  }
  return out;
}

std::string shown(const Result<Scan>& scan) {
  if (!scan) return "refused: " + scan.error().message;
  return std::string(name(scan->symbology)) + "|" + scan->gtin + "|" + shown(scan->elements) + "|" +
         scan->plain;
}

TEST_CASE("a scan with an AIM prefix says its symbology, GTIN and elements") {
  CHECK(shown(read_scan("]E04012345000016", year)) == "EAN-13|04012345000016||");
  CHECK(shown(read_scan("]E402345673", year)) == "EAN-8|00000002345673||");
  CHECK(shown(read_scan("]E0036000291452", year)) == "EAN-13|00036000291452||");
  CHECK(shown(read_scan("]C1010401234500001610LOT01\x1D"
                        "1727033121SER0",
                        year)) ==
        "Code 128|04012345000016|gtin=04012345000016 lot=LOT01 expiry=2027-03-31 serial=SER0|");
}

TEST_CASE("scans from handhelds as they really come") {
  CHECK(shown(read_scan("4012345000016", year)) == "|04012345000016||");
  CHECK(shown(read_scan("4012345000017", year)) == "refused: a wrong check digit");
  CHECK(shown(read_scan("]d20104012345000016310300125010B7", year)) ==
        "DataMatrix|04012345000016|gtin=04012345000016 netWeightKg=1.250 lot=B7|");
  CHECK(shown(read_scan("]Q1https://id.gs1.org/01/04012345000016/10/LOT0/21/S0?17=270331", year)) ==
        "QR|04012345000016|gtin=04012345000016 lot=LOT0 serial=S0 expiry=2027-03-31|");
  CHECK(shown(read_scan("]C100340123450000000055", year)) == "Code 128||sscc=340123450000000055|");
  CHECK(shown(read_scan("00340123450000000055", year)) == "||sscc=340123450000000055|");
  CHECK(shown(read_scan("]I114012345000013", year)) == "ITF-14|14012345000013||");
  CHECK(shown(read_scan("]C0SHELF-07", year)) == "Code 128|||SHELF-07");
  CHECK(shown(read_scan("SHELF-07", year)) == "|||SHELF-07");
  CHECK(shown(read_scan("https://shop.example/offers?id=1", year)) ==
        "|||https://shop.example/offers?id=1");
  CHECK(shown(read_scan("https://id.gs1.org/01/04012345000017", year)) ==
        "refused: (01): a wrong check digit");
}

TEST_CASE("a code of a symbology without GS1 data is what was read") {
  CHECK(shown(read_scan("]A0BIN-12", year)) == "|||BIN-12");
  CHECK(shown(read_scan("]L0text of a PDF417", year)) == "|||text of a PDF417");
  CHECK(shown(read_scan("]F0A123B", year)) == "|||A123B");
  CHECK(shown(read_scan("]X0PARCEL1", year)) == "|||PARCEL1");
  CHECK(shown(read_scan("]E112", year)) == "|||12");  // an add-on alone
  CHECK(shown(read_scan("]C2012345678905", year)) == "Code 128|||012345678905");
  CHECK(shown(read_scan("]d1BIN-12", year)) == "DataMatrix|||BIN-12");
  CHECK(shown(read_scan("]A0", year)) == "refused: nothing behind the AIM identifier");
  CHECK(shown(read_scan("]", year)) == "refused: no AIM identifier behind the bracket");
  CHECK(shown(read_scan("]-0BIN-12", year)) == "refused: no AIM identifier behind the bracket");
}

TEST_CASE("the add-on of a magazine stands beside its GTIN") {
  CHECK(shown(read_scan("]E3401234500001605", year)) == "EAN-13|04012345000016||05");
  CHECK(shown(read_scan("]E3401234500001650995", year)) == "EAN-13|04012345000016||50995");
  CHECK(shown(read_scan("]E3401234500001705", year)) == "refused: a wrong check digit");
  for (const std::string_view wrong :
       {"]E34012345000016", "]E34012345000016123", "]E3401234500001"}) {
    CHECK(shown(read_scan(wrong, year)) ==
          "refused: not the digits of an EAN or UPC with an add-on");
  }
}

TEST_CASE("dates: day 00 is the month's last, years are those nearest to the present one") {
  const auto date = [](std::string_view digits, int present) {
    const auto elements = read_bracketed("(17)" + std::string(digits), present);
    return elements ? elements->front().meaning : elements.error().message;
  };
  CHECK(date("270200", 2026) == "2027-02-28");
  CHECK(date("280200", 2026) == "2028-02-29");
  CHECK(date("760101", 2026) == "2076-01-01");
  CHECK(date("770101", 2026) == "1977-01-01");
  CHECK(date("100101", 2061) == "2110-01-01");
  CHECK(date("990101", 2026) == "1999-01-01");
  CHECK(date("251301", 2026) == "(17): not a date");
  CHECK(date("250230", 2026) == "(17): not a date");
  const auto time = read_bracketed("(7003)2703312359", year);
  REQUIRE(time);
  CHECK(shown(*time) == "expiryTime=2027-03-31T23:59");
  CHECK_FALSE(read_bracketed("(7003)2703312460", year));
  CHECK_FALSE(read_bracketed("(7003)2703002359", year));  // no day 00 where a time follows
}

TEST_CASE("implied decimals are written out") {
  const auto meaning = [](std::string_view text) { return shown(*read_bracketed(text, year)); };
  CHECK(meaning("(3100)000195") == "netWeightKg=195");
  CHECK(meaning("(3103)000195") == "netWeightKg=0.195");
  CHECK(meaning("(3105)123456") == "netWeightKg=1.23456");
  CHECK(meaning("(3922)0299") == "price=2.99");
  CHECK(meaning("(3932)9780299") == "price=2.99");
  CHECK(meaning("(3900)0") == "amount=0");
  CHECK_FALSE(read_bracketed("(3106)000195", year));
}

TEST_CASE("a value that its identifier does not allow refuses the scan") {
  for (const std::string_view wrong :
       {"(01)04012345000017", "(00)340123450000000051", "(10)", "(10)ABCDEFGHIJKLMNOPQRSTU",
        "(10)a b", "(21)\xC3\xA4", "(8006)040123450000160302", "(8006)040123450000160003",
        "(4321)2", "(8003)14012345000016", "(414)4012345000017", "(8001)00001234512398",
        "(8008)27033124"}) {
    INFO(wrong);
    CHECK_FALSE(read_bracketed(wrong, year));
  }
  CHECK(read_bracketed("(8006)040123450000160203", year));
  CHECK(read_bracketed("(8008)270331235959", year));
}

TEST_CASE("an identifier may come twice with one value, not with two") {
  CHECK(read_element_string("10A\x1D"
                            "10A",
                            year)
            ->size() == 1);
  CHECK_FALSE(
      read_element_string("10A\x1D"
                          "10B",
                          year));
}

TEST_CASE("short names and short GTINs of Digital Links are read") {
  CHECK(shown(*read_digital_link("https://x.example/p/gtin/4012345000016/lot/A", year)) ==
        "gtin=04012345000016 lot=A");
  CHECK(shown(*read_digital_link("HTTPS://x.example/01/02345673", year)) == "gtin=00000002345673");
  CHECK_FALSE(read_digital_link("https://x.example/01/04012345000016/21/S/10/L", year));
  CHECK_FALSE(read_digital_link("https://x.example/01/04012345000016?17=270331&17=270331", year));
  CHECK_FALSE(read_digital_link("https://x.example/01/04012345000016?21=S", year));
  CHECK_FALSE(read_digital_link("https://x.example/01/0401234500001%", year));
  CHECK_FALSE(read_digital_link("ftp://x.example/01/04012345000016", year));
}

TEST_CASE("what identifiers need and exclude is told apart from reading them") {
  const auto odd = [](std::string_view text) { return odd_pairs(*read_bracketed(text, year)); };
  using Strings = std::vector<std::string>;
  CHECK(odd("(01)04012345000016(10)A").empty());
  CHECK(odd("(10)A") == Strings{"10 needs 01,02,03,8006,8026"});
  CHECK(odd("(00)340123450000000055(02)04012345000016(37)12").empty());
  CHECK(odd("(02)04012345000016") == Strings{"02 needs 37"});
  CHECK(odd("(01)04012345000016(37)5").size() == 2);
  CHECK(odd("(01)04012345000016(3103)000195(3102)000019") ==
        Strings{"3103 stands with another number of decimals, too"});
  CHECK(odd("(01)04012345000016(3922)0299(3103)000195").empty());
}

TEST_CASE("GTINs of any length come as 14 digits, with a right check digit only") {
  CHECK(gtin_14("02345673") == "00000002345673");
  CHECK(gtin_14("036000291452") == "00036000291452");
  CHECK(gtin_14("4012345000016") == "04012345000016");
  CHECK(gtin_14("04012345000016") == "04012345000016");
  CHECK(gtin_14("4012345000017").empty());
  CHECK(gtin_14("401234500001").empty());
  CHECK(gtin_14("").empty());
}

}  // namespace
}  // namespace storeward::gs1
