#include "agent/core/epc.h"

#include <catch2/catch.hpp>

namespace storeward {
namespace {

std::string shown(std::string_view epc) {
  const auto read = read_epc(epc);
  return read ? read->gtin + "|" + read->serial + "|" + read->lot
              : "refused: " + read.error().message;
}

TEST_CASE("a tag's hex digits become the GTIN and serial") {
  // The example of the Tag Data Standard, E.3.
  CHECK(shown("3074257BF7194E4000001A85") == "80614141123458|6789|");
  CHECK(shown("3074257bf7194e4000001a85") == "80614141123458|6789|");
  CHECK(shown("3034257BF7194E4000001A85") == "80614141123458|6789|");  // another filter
}

TEST_CASE("each partition of an SGTIN-96 is read") {
  // Company prefixes 401234567890 of 12 down to 6 digits, items 9 8 7 6 …, serial 1.
  CHECK(shown("302175ADC68B4A4000000001") == "94012345678904|1|");
  CHECK(shown("30252AF16BA2B88000000001") == "94012345678980|1|");
  CHECK(shown("3028EF27894EF6C000000001") == "94012345678874|1|");
  CHECK(shown("302D7EA5A879A50000000001") == "94012345678768|1|");
  CHECK(shown("3031321E2060734000000001") == "94012345687654|1|");
  CHECK(shown("3034F4E4E7C4818000000001") == "94012345876546|1|");
  CHECK(shown("303987D4A5AD0FC000000001") == "94012348765434|1|");
  CHECK(shown("303C000000000000000000FF") ==
        "refused: an SGTIN-96 with a partition that is not defined");
}

TEST_CASE("the URNs of EPCIS become the GTIN with serial or lot") {
  CHECK(shown("urn:epc:id:sgtin:0614141.107346.2018") == "10614141073464|2018|");
  CHECK(shown("urn:epc:id:sgtin:0614141.812345.a%2Fb") == "80614141123458|a/b|");
  CHECK(shown("urn:epc:idpat:sgtin:0614141.107346.*") == "10614141073464||");
  CHECK(shown("urn:epc:class:lgtin:4012345.012345.998877") == "04012345123456||998877");
  CHECK(shown("urn:epc:tag:sgtin-96:3.0614141.812345.6789") == "80614141123458|6789|");
}

TEST_CASE("the URN of a package of tobacco becomes the GTIN with its third party's serial") {
  CHECK(shown("urn:epc:id:upui:1234567.089456.51qIgY)%3C%26Jp3*j7%26SDB") ==
        "01234567894560|51qIgY)<&Jp3*j7&SDB|");
  CHECK(shown("urn:epc:id:upui:1234567.089456.1234567890123456789012345678") ==
        "01234567894560|1234567890123456789012345678|");
  CHECK(shown("urn:epc:idpat:upui:1234567.089456.*") == "01234567894560||");
  CHECK(shown("urn:epc:id:upui:1234567.089456.12345678901234567890123456789") ==
        "refused: an EPC with a serial or lot that is too long");
}

TEST_CASE("a piece of an item is no item") {
  constexpr std::string_view why =
      "refused: a piece of an item (ITIP), which counts for nothing without the others";
  CHECK(shown("urn:epc:id:itip:4012345.012345.01.02.9") == why);
  CHECK(shown("urn:epc:idpat:itip:4012345.012345.01.02.*") == why);
}

TEST_CASE("what is no product code of goods is refused with a reason") {
  for (const std::string_view wrong :
       {"", "30", "3074257BF7194E4000001A8", "3074257BF7194E4000001A8G", "3174257BF7194E4000001A85",
        "urn:epc:id:sscc:0614141.1234567890", "urn:epc:id:sgtin:0614141.107346",
        "urn:epc:id:sgtin:0614141.107346.", "urn:epc:id:sgtin:061414.107346.1",
        "urn:epc:id:sgtin:06141411073461..1", "urn:epc:id:sgtin:0614141.10734x.1",
        "urn:epc:id:sgtin:0614141.107346.%2", "urn:epc:tag:sgtin-96:9.0614141.812345.6789",
        "303BFFFFC000004000000005"}) {
    INFO(wrong);
    CHECK(shown(wrong).starts_with("refused: "));
  }
}

}  // namespace
}  // namespace storeward
