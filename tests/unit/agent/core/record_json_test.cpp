#include "agent/core/record_json.h"

#include <catch2/catch.hpp>

using namespace storeward;

TEST_CASE("a record survives being kept as JSON", "[mapping]") {
  Record record;
  record.add(Record::root, "No", "1");
  for (const auto* units : {"KG", "ST"}) {
    const auto quantity = record.add(record.add(Record::root, "Line"), "Quantity", "0.42");
    record.add(quantity, "@Units", units);
  }
  const std::string json = record_json(record);
  CHECK(json == R"({"No":"1","Line":[{"Quantity":{"#text":"0.42","@Units":"KG"}},)"
                R"({"Quantity":{"#text":"0.42","@Units":"ST"}}]})");
  Record again;
  REQUIRE(read_record_json(json, again));
  CHECK(record_json(again) == json);
}

TEST_CASE("a number with the digits of binary floating point is kept as a number", "[mapping]") {
  Record record;
  REQUIRE(read_record_json(
      R"({"a":[0.30000000000000004,"0.30000000000000004",19.99,820982911946154508]})", record));
  const std::string json = record_json(record);
  CHECK(json ==
        R"({"a":[0.30000000000000004,"0.30000000000000004","19.99","820982911946154508"]})");
  Record again;
  REQUIRE(read_record_json(json, again));
  CHECK(record_json(again) == json);
}

TEST_CASE("an edited record with a mistake says where", "[mapping]") {
  Record record;
  const auto read = read_record_json(R"({"a":1,)", record);
  REQUIRE(!read);
  CHECK_THAT(read.error().message, Catch::Contains("byte"));
  CHECK(!read_record_json("[1]", record));
  CHECK(record.size() == 1);
  REQUIRE(read_record_json(R"({"a":1.50,"b":[true,null,"x"]})", record));
  CHECK(record_json(record) == R"({"a":"1.5","b":["true","x"]})");
}
