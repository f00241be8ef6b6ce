#include "agent/core/epcis_event_hash.h"

#include <catch2/catch.hpp>

#include "drivers/formats/json_element.h"

namespace storeward::epcis {
namespace {

// The document's prefixes are those that the test gives.
class Event {
 public:
  explicit Event(std::string_view json, std::string_view context = R"({"@context": []})") {
    REQUIRE(context_element_.read_into(context_, context));
    document_.add_context(context_, Record::root);
    REQUIRE(element_.read_into(record_, json));
  }
  std::string text() const { return shown(pre_hash_text(record_, Record::root, document_)); }
  std::string id() const { return shown(event_hash_id(record_, Record::root, document_)); }

 private:
  static std::string shown(const Result<std::string>& result) {
    return result ? *result : "none: " + result.error().message;
  }
  JsonElement context_element_, element_;
  Record context_, record_;
  Namespaces document_;
};

constexpr std::string_view shop =
    R"({"@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
  {"shop": "https://shop.example/ns/"}, {"odd": {"@id": "https://odd.example/"}}]})";

// A small event, and `more` members.
std::string small(std::string_view more = "") {
  return std::string(R"({"type": "ObjectEvent", "eventTime": "2026-11-20T09:15:00+01:00",
    "eventTimeZoneOffset": "+01:00", "epcList": ["urn:epc:id:sgtin:4012345.000001.7"],
    "action": "OBSERVE", "bizStep": "receiving")")
      .append(more)
      .append("}");
}
constexpr std::string_view small_text =
    "eventType=ObjectEventeventTime=2026-11-20T08:15:00.000ZeventTimeZoneOffset=+01:00"
    "epcListepc=https://id.gs1.org/01/04012345000016/21/7action=OBSERVE"
    "bizStep=https://ref.gs1.org/cbv/BizStep-receiving";
constexpr std::string_view small_id =
    "ni:///sha-256;4db9ec70a19f5f5e432df9da099a565d0b0d3c403543e4607712091a40ba28e2?ver=CBV2.0";

std::string behind_small(std::string_view more) {
  const std::string text = Event(small(more), shop).text();
  return text.starts_with(small_text) ? text.substr(small_text.size()) : text;
}

bool has_none(std::string_view more) {
  return Event(small(more), shop).id().starts_with("none: ");
}

TEST_CASE("an event's members stand in the standard's order and form") {
  // Written by hand after the rules of CBV 2.0 section 8.9; the id is the SHA-256 of this text.
  const Event event(R"({
    "shop:team": {"shop:name": ["Max", "Ada"]},
    "shop:shelf": 12.50,
    "ilmd": {"cbvmda:lotNumber": "LOT-9", "shop:grade": " A "},
    "destinationList": [{"destination": "urn:epc:id:sgln:4012345.00011.0", "type": "location"}],
    "sourceList": [
      {"type": "possessing_party", "source": "urn:epc:id:pgln:4012345.00011"},
      {"type": "urn:epcglobal:cbv:sdt:owning_party",
       "source": "https://shop.example/party/4012345000115"}],
    "bizTransactionList": [
      {"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:4012345000009:PO-4711"},
      {"bizTransaction": "http://shop.example/delivery"}],
    "bizLocation": {"id": "urn:epc:id:sgln:4012345.00011.0"},
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00011.5"},
    "persistentDisposition": {"unset": ["completeness_inferred"], "set": ["completeness_verified"]},
    "disposition": "urn:epcglobal:cbv:disp:in_progress",
    "bizStep": "cbv:BizStep-receiving",
    "action": "OBSERVE",
    "quantityList": [
      {"uom": "KGM", "quantity": 11.50, "epcClass": "urn:epc:class:lgtin:4012345.000002.LOT-9"},
      {"quantity": 3, "epcClass": "urn:epc:idpat:sgtin:4012345.000001.*"}],
    "epcList": ["urn:epc:id:sgtin:4012345.000001.8", "urn:epc:id:sgtin:4012345.000001.7",
      "https://shop.example/gtin/4012345000023/lot/L1/ser/9?17=270331"],
    "recordTime": "2026-11-20T09:16:00Z",
    "eventTimeZoneOffset": "+01:00",
    "eventTime": "2026-11-20T09:15:00.5+01:00",
    "type": "ObjectEvent"})",
                    shop);
  CHECK(event.text() ==
        "eventType=ObjectEvent"
        "eventTime=2026-11-20T08:15:00.500Z"
        "eventTimeZoneOffset=+01:00"
        "epcList"
        "epc=https://id.gs1.org/01/04012345000016/21/7"
        "epc=https://id.gs1.org/01/04012345000016/21/8"
        "epc=https://id.gs1.org/01/04012345000023/21/9"
        "quantityList"
        "quantityElementepcClass=https://id.gs1.org/01/04012345000016quantity=3"
        "quantityElementepcClass=https://id.gs1.org/01/04012345000023/10/LOT-9"
        "quantity=11.5uom=KGM"
        "action=OBSERVE"
        "bizStep=https://ref.gs1.org/cbv/BizStep-receiving"
        "disposition=https://ref.gs1.org/cbv/Disp-in_progress"
        "persistentDisposition"
        "set=https://ref.gs1.org/cbv/Disp-completeness_verified"
        "unset=https://ref.gs1.org/cbv/Disp-completeness_inferred"
        "readPointid=https://id.gs1.org/414/4012345000115/254/5"
        "bizLocationid=https://id.gs1.org/414/4012345000115"
        "bizTransactionList"
        "bizTransaction=http://shop.example/delivery"
        "type=https://ref.gs1.org/cbv/BTT-po"
        "bizTransaction=urn:epcglobal:cbv:bt:4012345000009:PO-4711"
        "sourceList"
        "type=https://ref.gs1.org/cbv/SDT-owning_partysource=https://id.gs1.org/417/4012345000115"
        "type=https://ref.gs1.org/cbv/SDT-possessing_party"
        "source=https://id.gs1.org/417/4012345000115"
        "destinationList"
        "type=https://ref.gs1.org/cbv/SDT-locationdestination=https://id.gs1.org/414/4012345000115"
        "ilmd{https://shop.example/ns/}grade=A{urn:epcglobal:cbv:mda}lotNumber=LOT-9"
        "{https://shop.example/ns/}shelf=12.5"
        "{https://shop.example/ns/}team{https://shop.example/ns/}name=Ada"
        "{https://shop.example/ns/}name=Max");
  CHECK(
      event.id() ==
      "ni:///sha-256;5fa55776e73921b2821415d38af4566213c9b994d1f39f710b07b5396fbaa228?ver=CBV2.0");
}

TEST_CASE("the lists of packing and transformation have their places") {
  const std::string head =
      R"("eventTime": "2026-11-20T08:15:00Z", "eventTimeZoneOffset": "+01:00",)";
  const std::string time = "eventTime=2026-11-20T08:15:00.000ZeventTimeZoneOffset=+01:00";
  const std::string item = "urn:epc:idpat:sgtin:4012345.000001.*";
  CHECK(Event("{" + head + R"("type": "AggregationEvent", "action": "ADD",
      "childQuantityList": [{"epcClass": ")" +
              item + R"("}],
      "childEPCs": ["urn:epc:id:sgtin:4012345.000001.7"],
      "parentID": "urn:epc:id:sscc:4012345.3000000001"})")
            .text() ==
        "eventType=AggregationEvent" + time +
            "parentID=https://id.gs1.org/00/340123450000000017"
            "childEPCsepc=https://id.gs1.org/01/04012345000016/21/7"
            "childQuantityListquantityElementepcClass=https://id.gs1.org/01/04012345000016"
            "action=ADD");
  CHECK(Event("{" + head +
              R"("type": "TransformationEvent", "transformationID": "http://t.example/1",
      "outputQuantityList": [{"epcClass": ")" +
              item + R"("}],
      "outputEPCList": ["urn:epc:id:sgtin:4012345.000001.8"],
      "inputQuantityList": [{"epcClass": ")" +
              item + R"("}],
      "inputEPCList": ["urn:epc:id:sgtin:4012345.000001.7"]})")
            .text() ==
        "eventType=TransformationEvent" + time +
            "inputEPCListepc=https://id.gs1.org/01/04012345000016/21/7"
            "inputQuantityListquantityElementepcClass=https://id.gs1.org/01/04012345000016"
            "outputEPCListepc=https://id.gs1.org/01/04012345000016/21/8"
            "outputQuantityListquantityElementepcClass=https://id.gs1.org/01/04012345000016"
            "transformationID=http://t.example/1");
}

TEST_CASE("what the standard leaves out changes nothing") {
  CHECK(Event(small()).id() == small_id);
  CHECK(Event(small(R"(, "eventID": "urn:uuid:1", "recordTime": "2026-11-20T09:16:00Z")")).id() ==
        small_id);
  CHECK(Event(small(R"(, "errorDeclaration": {"declarationTime": "2026-11-21T00:00:00Z",
      "reason": "incorrect_data", "shop:who": "Ada"})"))
            .id() == small_id);
  CHECK(Event(small(R"(, "@context": {"shop": "https://shop.example/"}, "childEPCs": [])")).id() ==
        small_id);
}

TEST_CASE("what an event says otherwise changes its id") {
  CHECK(Event(small(R"(, "disposition": "in_progress")")).id() != small_id);
  CHECK(Event(small(R"(, "quantityList": [{"epcClass": "http://c.example/1"}])")).id() != small_id);
  CHECK(behind_small(R"(, "shop:note": "x")") == "{https://shop.example/ns/}note=x");
}

TEST_CASE("times are UTC with three decimals") {
  const auto time = [](std::string_view written) {
    const std::string text = Event(R"({"type": "ObjectEvent", "eventTimeZoneOffset": "+01:00",
        "eventTime": ")" + std::string(written) +
                                   "\"}")
                                 .text();
    constexpr std::string_view before = "eventType=ObjectEventeventTime=";
    return text.starts_with(before) ? text.substr(before.size(), 24) : text;
  };
  CHECK(time("2026-11-20T09:15:00Z") == "2026-11-20T09:15:00.000Z");
  CHECK(time("2026-12-31T23:30:00.1-02:00") == "2027-01-01T01:30:00.100Z");
  CHECK(time("2028-03-01T00:30:00+01:00") == "2028-02-29T23:30:00.000Z");
  CHECK(time("2026-11-20T09:15:00.116000Z") == "2026-11-20T09:15:00.116Z");
  CHECK(time("2026-11-20T09:15:00.1414Z") == "2026-11-20T09:15:00.141Z");
  CHECK(time("2026-11-20T09:15:00.1415Z") == "2026-11-20T09:15:00.142Z");
  CHECK(time("2026-12-31T23:59:59.9995Z") == "2027-01-01T00:00:00.000Z");
  for (const std::string_view wrong : {"2026-11-20T09:15:00", "2026-11-20", "yesterday", ""}) {
    CHECK(time(wrong) == "none: eventTime: no date and time with its zone");
  }
}

TEST_CASE("extensions carry their namespace and are sorted, at each level") {
  CHECK(behind_small(R"(, "shop:b": 2.0, "shop:a": true, "shop:c": "", "shop:B": "007a")") ==
        "{https://shop.example/ns/}B=007a{https://shop.example/ns/}a=true"
        "{https://shop.example/ns/}b=2{https://shop.example/ns/}c");
  CHECK(behind_small(R"(, "shop:at": ["2026-11-20T08:15:00.000Z", "2026-11-20"])") ==
        "{https://shop.example/ns/}at=2026-11-20{https://shop.example/ns/"
        "}at=2026-11-20T08:15:00.000Z");
  CHECK(behind_small(R"(, "shop:on": "urn:epc:id:giai:4012345.shelf")") ==
        "{https://shop.example/ns/}on=https://id.gs1.org/8004/4012345shelf");
  // An event's own context is the nearer one; a prefix that is declared is taken as it is declared.
  CHECK(behind_small(R"(, "@context": [{"shop": "urn:x"}], "shop:a": "1")") == "{urn:x}a=1");
  CHECK(behind_small(R"(, "@context": {"cbvmda": "urn:epcglobal:cbv:mda:"},
      "ilmd": {"cbvmda:lotNumber": "L"})") == "ilmd{urn:epcglobal:cbv:mda:}lotNumber=L");
}

TEST_CASE("where the text is not certain there is no id") {
  CHECK(has_none(R"(, "sensorElementList": [{"sensorReport": [{"type": "Temperature"}]}])"));
  CHECK(has_none(R"(, "certificationInfo": "https://c.example/1")"));
  CHECK(has_none(R"(, "readPoint": {"id": "geo:1,2", "shop:shelf": "1"})"));
  CHECK(has_none(R"(, "bizLocation": {"shop:shelf": "1"})"));
  CHECK(has_none(R"(, "quantityList": [{"epcClass": "http://c.example/1", "shop:a": "1"}])"));
  CHECK(has_none(R"(, "quantityList": [{"quantity": 1}])"));
  CHECK(has_none(R"(, "sourceList": [{"source": "geo:1,2"}])"));
  CHECK(has_none(R"(, "sourceList": [{"type": "neighbour", "source": "geo:1,2"}])"));
  CHECK(has_none(R"(, "bizTransactionList": [{"type": "cbv:BTT-pos", "bizTransaction": "x"}])"));
  CHECK(has_none(R"(, "bizTransactionList": ["x"])"));
  CHECK(has_none(R"(, "persistentDisposition": {"reset": "active"})"));
  CHECK(has_none(R"(, "childEPCs": ["urn:epc:id:gid:1.2.3"])"));
  CHECK(has_none(R"(, "parentID": ["geo:1,2", "geo:1,3"])"));
  CHECK(has_none(R"(, "parentID": "")"));
  CHECK(has_none(R"(, "disposition": "shop:waiting")"));
  CHECK(has_none(R"(, "disposition": "In Transit")"));
  CHECK(has_none(R"(, "ilmd": {"lotNumber": "L"})"));
  CHECK(has_none(R"(, "ilmd": "L")"));
  CHECK(has_none(R"(, "note": "x")"));
  CHECK(has_none(R"(, "other:note": "x")"));
  CHECK(has_none(R"(, "odd:note": "x")"));
  CHECK(has_none(R"(, "rdfs:comment": "x")"));
  CHECK(has_none(R"(, "gs1:netWeight": "x")"));
  CHECK(has_none(R"(, "shop:a": {"b": "x"})"));
  CHECK(has_none(R"(, "shop:a": "shop:b")"));
  CHECK(has_none(R"(, "shop:a": "gs1:Temperature")"));
  CHECK(has_none(R"(, "shop:a": "2026-11-20T09:15:00+01:00")"));
  for (const std::string_view number : {"007", "+7", "1e3", "-0", ".5", "5."}) {
    CHECK(has_none(R"(, "shop:a": ")" + std::string(number) + "\""));
  }
  CHECK(Event(R"({"type": "EPCISDocument"})").id() == "none: type: no event of EPCIS");
  CHECK(Event(R"({"type": "ObjectEvent", "eventTime": "2026-11-20T09:15:00Z"})").id() ==
        "none: an event without its time or zone");
  CHECK(Event(R"({"type": "ObjectEvent", "eventTime": "2026-11-20T09:15:00Z",
      "eventTimeZoneOffset": "CET"})")
            .id() == "none: eventTimeZoneOffset: not of the form +01:00");
}

}  // namespace
}  // namespace storeward::epcis
