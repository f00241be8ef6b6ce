#include "agent/core/gs1_canonical_uri.h"

#include <catch2/catch.hpp>

namespace storeward::gs1 {
namespace {

std::string shown(std::string_view text) {
  const auto uri = canonical_uri(text);
  if (!uri) return "refused: " + uri.error().message;
  constexpr std::string_view domain = "https://id.gs1.org";
  return uri->starts_with(domain) ? uri->substr(domain.size()) : *uri;
}

bool refused(std::string_view text) {
  return !canonical_uri(text);
}

TEST_CASE("each scheme of EPCs becomes its GS1 key") {
  CHECK(shown("urn:epc:id:sgtin:4012345.012345.A-1") == "/01/04012345123456/21/A-1");
  CHECK(shown("urn:epc:id:sgtin:0614141.812345.6789") == "/01/80614141123458/21/6789");
  CHECK(shown("urn:epc:id:sscc:4012345.3000000001") == "/00/340123450000000017");
  CHECK(shown("urn:epc:id:sgln:4012345.00011.5") == "/414/4012345000115/254/5");
  CHECK(shown("urn:epc:id:sgln:4012345.00011.0") == "/414/4012345000115");
  CHECK(shown("urn:epc:id:pgln:4012345.00011") == "/417/4012345000115");
  CHECK(shown("urn:epc:id:pgln:401234500011.") == "/417/4012345000115");
  CHECK(shown("urn:epc:id:grai:4012345.00011.77") == "/8003/0401234500011577");
  CHECK(shown("urn:epc:id:giai:4012345.shelf.7") == "/8004/4012345shelf.7");
  CHECK(shown("urn:epc:id:gsrn:4012345.0000000001") == "/8018/401234500000000012");
  CHECK(shown("urn:epc:id:gsrnp:4012345.0000000001") == "/8017/401234500000000012");
  CHECK(shown("urn:epc:id:gdti:4012345.00011.PO.7") == "/253/4012345000115PO.7");
  CHECK(shown("urn:epc:id:cpi:4012345.PART-1.9") == "/8010/4012345PART-1/8011/9");
  CHECK(shown("urn:epc:id:sgcn:4012345.00011.9") == "/255/40123450001159");
  CHECK(shown("urn:epc:id:ginc:4012345.C1") == "/401/4012345C1");
  CHECK(shown("urn:epc:id:gsin:4012345.000000001") == "/402/40123450000000016");
  CHECK(shown("urn:epc:id:itip:4012345.012345.01.02.9") == "/8006/040123451234560102/21/9");
  CHECK(shown("urn:epc:id:upui:4012345.012345.9") == "/01/04012345123456/235/9");
}

TEST_CASE("classes and patterns become the key of the class") {
  CHECK(shown("urn:epc:class:lgtin:4012345.012345.L%2F1") == "/01/04012345123456/10/L%2F1");
  CHECK(shown("urn:epc:idpat:sgtin:4012345.012345.*") == "/01/04012345123456");
  CHECK(shown("urn:epc:idpat:upui:4012345.012345.*") == "/01/04012345123456");
  CHECK(shown("urn:epc:idpat:grai:4012345.00011.*") == "/8003/04012345000115");
  CHECK(shown("urn:epc:idpat:cpi:4012345.PART-1.*") == "/8010/4012345PART-1");
  CHECK(shown("urn:epc:idpat:itip:4012345.012345.01.02.*") == "/8006/040123451234560102");
  CHECK(refused("urn:epc:idpat:sgtin:4012345.*.*"));
  CHECK(refused("urn:epc:idpat:sgtin:4012345.012345.7"));
  CHECK(refused("urn:epc:idpat:sscc:4012345.*"));
  CHECK(refused("urn:epc:idpat:sgln:4012345.00011.*"));
}

TEST_CASE("a Digital Link keeps its key and the finest qualifier") {
  CHECK(shown("https://shop.example/01/04012345123456") == "/01/04012345123456");
  CHECK(shown("http://shop.example/p/gtin/4012345123456") == "/01/04012345123456");
  CHECK(shown("https://id.gs1.org/01/04012345123456/10/L1") == "/01/04012345123456/10/L1");
  CHECK(shown("https://id.gs1.org/01/04012345123456/22/2A/10/L1/21/7?17=270331#x") ==
        "/01/04012345123456/21/7");
  CHECK(shown("https://id.gs1.org/01/04012345123456/22/2A") == "/01/04012345123456");
  CHECK(shown("https://id.gs1.org/01/04012345123456/10/L%2f1") == "/01/04012345123456/10/L%2F1");
  CHECK(shown("https://id.gs1.org/414/4012345000115/254/5/") == "/414/4012345000115/254/5");
  CHECK(shown("https://id.gs1.org/8004/4012345shelf.7") == "/8004/4012345shelf.7");
}

TEST_CASE("the same thing has the same canonical URI, however it is written") {
  CHECK(shown("urn:epc:id:sgtin:4012345.012345.7") ==
        shown("https://shop.example/gtin/4012345123456/lot/L1/ser/7"));
  CHECK(shown("urn:epc:class:lgtin:4012345.012345.L1") ==
        shown("https://shop.example/01/04012345123456/10/L1"));
  CHECK(shown("urn:epc:id:sscc:4012345.3000000001") ==
        shown("https://shop.example/00/340123450000000017"));
  const std::string canonical = *canonical_uri("urn:epc:id:itip:4012345.012345.01.02.9");
  CHECK(*canonical_uri(canonical) == canonical);
}

TEST_CASE("what holds no GS1 key stays as it is") {
  for (const std::string_view text : {"geo:47.506694,11.104301", "http://shop.example/po/12345678",
                                      "KGM", "", "urn:epcglobal:cbv:bt:4012345000009:PO-4711",
                                      "urn:uuid:1f4b8e5b-6b1e-4552-b8e3-8eef7943"}) {
    CHECK(shown(text) == text);
  }
}

TEST_CASE("what has no certain form is refused") {
  // Not as the scheme says.
  CHECK(refused("urn:epc:id:sgtin:4012345.12345.7"));
  CHECK(refused("urn:epc:id:sgtin:40123.01234567.7"));
  CHECK(refused("urn:epc:id:sgtin:4012345.01234a.7"));
  CHECK(refused("urn:epc:id:sgtin:4012345.012345"));
  CHECK(refused("urn:epc:id:sgtin:4012345.012345."));
  CHECK(refused("urn:epc:id:sgtin:4012345012345..7"));
  CHECK(refused("urn:epc:id:sscc:4012345.3000000001.7"));
  CHECK(refused("urn:epc:id:cpi:4012345.PART.1.9"));
  CHECK(refused("urn:epc:id:sgcn:4012345.00011.A"));
  CHECK(refused("urn:epc:id:itip:4012345.012345.1.02.9"));
  CHECK(refused("urn:epc:id:itip:4012345.012345.03.02.9"));
  CHECK(refused("urn:epc:id:cpi:4012345.part.9"));
  CHECK(shown("urn:epc:id:sgtin:4012345.012345.12345678901234567%2F90") ==
        "/01/04012345123456/21/12345678901234567%2F90");
  CHECK(refused("urn:epc:id:sgtin:4012345.012345.123456789012345678901"));
  CHECK(refused("urn:epc:id:giai:4012345.123456789012345678901234"));
  // No GS1 key.
  CHECK(refused("urn:epc:id:gid:1.2.3"));
  CHECK(refused("urn:epc:id:"));
  CHECK(refused("urn:epc:tag:sgtin-96:3.4012345.012345.7"));
  // The standards write these characters in two ways.
  CHECK(refused("urn:epc:id:sgtin:4012345.012345.a(b)"));
  CHECK(refused("urn:epc:id:sgtin:4012345.012345.a%22b"));
  CHECK(refused("https://id.gs1.org/01/04012345123456/21/a%26b"));
  // A wrong check digit; keys that CBV does not have; what only may be a key.
  CHECK(refused("https://id.gs1.org/01/04012345123457"));
  CHECK(refused("https://id.gs1.org/415/4012345000115/8020/1"));
  CHECK(refused("https://shop.example/401/about-us"));
  CHECK(refused("https://shop.example/01/04012345123456/info"));
}

}  // namespace
}  // namespace storeward::gs1
