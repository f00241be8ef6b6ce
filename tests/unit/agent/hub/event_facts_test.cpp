#include "agent/hub/event_facts.h"

#include <catch2/catch.hpp>

using namespace storeward;
using namespace storeward::hub;

TEST_CASE("quantities add up exactly", "[hub]") {
  Decimal sum;
  for (int i = 0; i < 10; ++i) sum += *Decimal::parse("0.1");
  CHECK(sum.to_text() == "1");
  sum += *Decimal::parse("-3.000000000001");
  CHECK(sum.to_text() == "-2.000000000001");
  CHECK(Decimal{}.to_text() == "0");
  CHECK(Decimal::parse("-0.420")->to_text() == "-0.42");
  CHECK(Decimal::parse("100")->to_text() == "100");
  for (const char* wrong : {"", "-", "1.", ".5", "1e3", "+1", "1.2.3", "0.1234567890123"}) {
    INFO(wrong);
    CHECK_FALSE(Decimal::parse(wrong));
  }
}

TEST_CASE("an event without its envelope is refused with the member that is missing", "[hub]") {
  const auto reason = [](const char* event) { return read_event(event).error().message; };
  CHECK(reason("{}").starts_with("epoch:"));
  CHECK(reason(R"({"epoch":"E","sequence":7})").starts_with("sequence:"));
  CHECK(reason(R"({"epoch":"E","sequence":"0"})").starts_with("sequence:"));
  CHECK(reason(R"({"epoch":"E","sequence":"7x"})").starts_with("sequence:"));
  CHECK(reason(R"({"epoch":"E","sequence":"7"})").starts_with("source:"));
  CHECK(reason(R"({"epoch":"E","sequence":"7","source":"s"})").starts_with("id:"));
  CHECK(reason("{nonsense}").starts_with("the event is no JSON"));
}

TEST_CASE("what counts for the totals is read leniently", "[hub]") {
  const auto facts = read_event(
      R"({"epoch":"E","sequence":"0007","source":"s","id":"i","type":"t","time":"2026-11-20T23:59:59+01:00",)"
      R"("data":{"businessDate":"2026-11-21","lines":[{"quantity":{"value":"1.5"}},{"quantity":7},{}],)"
      R"("totals":{"gross":{"amountMinor":1523,"currency":"EUR"}}}})");
  REQUIRE(facts);
  CHECK(facts->sequence == 7);
  CHECK(facts->revision == "1");
  CHECK(facts->day == "2026-11-21");
  CHECK(facts->lines == 3);
  CHECK(facts->units.to_text() == "1.5");
  CHECK(facts->gross_minor == 1523);
  CHECK(facts->currency == "EUR");
  const auto stock = read_event(
      R"({"epoch":"E","sequence":"1","source":"s","id":"i","type":"t","data":{"quantity":{"value":"-4"}}})");
  REQUIRE(stock);
  CHECK(stock->units.to_text() == "-4");
  CHECK(stock->lines == 1);
}

TEST_CASE("a quantity that the contract does not allow counts as none", "[hub]") {
  const auto units = [](const std::string& value) {
    return read_event(R"({"epoch":"E","sequence":"1","source":"s","id":"i","type":"t",)"
                      R"("data":{"quantity":{"value":")" +
                      value + R"("}}})")
        ->units.to_text();
  };
  CHECK(units(std::string(18, '9') + ".999999999") == std::string(18, '9') + ".999999999");
  CHECK(units(std::string(19, '9')) == "0");
  CHECK(units("-" + std::string(26, '9')) == "0");
  CHECK(units("0.0000000001") == "0");
}
