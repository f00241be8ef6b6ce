#include "agent/till/invoice_events.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace storeward;
using namespace storeward::till;
using nlohmann::json;

namespace {

InvoiceRow row(const char* code, const char* description, const char* quantity, const char* price) {
  return {code, description, parse_decimal(quantity).value(), parse_decimal(price).value()};
}

std::vector<json> events(const Invoice& invoice) {
  const TillIdentity till{"till-1", "store-1", "3", "store-1", "GBP"};
  const auto zone = TimeZone::named("Europe/London").value();
  std::vector<json> parsed;
  const std::vector<TillEvent> made = events_of(invoice, till, zone).value();
  for (const TillEvent& event : made) {
    parsed.push_back(json::parse(event.json));
    CHECK(parsed.back()["id"] == event.id);
    CHECK(parsed.back()["type"] == std::string(type_of(event.kind)));
  }
  return parsed;
}

const WallTime summer{std::chrono::sys_days{std::chrono::year{2011} / 7 / 1} +
                      std::chrono::hours(9)};

}  // namespace

TEST_CASE("an invoice becomes a sale with one line per row and the exact total", "[till]") {
  const auto made = events({"536365",
                            summer,
                            "17850",
                            {row("85123A", "HOLDER", "6", "2.55"), row("POST", "", "1", "18.00"),
                             row("22000", "\"quoted\"\n", "-1", "0.005"), row("", "", "2", "0")}});
  REQUIRE(made.size() == 1);
  const json& sale = made[0];
  CHECK(sale["type"] == "retail.sale.completed.v1");
  CHECK(sale["time"] == "2011-07-01T10:00:00+01:00");
  const json& data = sale["data"];
  CHECK(data["saleKey"] == "536365");
  CHECK(data["customerRef"] == "17850");
  CHECK(data["registerId"] == "3");
  REQUIRE(data["lines"].size() == 4);
  CHECK(data["lines"][0]["extended"]["amountMinor"] == 1530);
  CHECK(data["lines"][0]["quantity"] == json({{"value", "6"}, {"unit", "EA"}}));
  CHECK(data["lines"][1]["kind"] == "fee");
  CHECK(data["lines"][2]["kind"] == "return");
  CHECK(data["lines"][2]["description"] == "\"quoted\"\n");
  CHECK(data["lines"][2]["extended"]["amountMinor"] == -1);
  CHECK(data["lines"][3].contains("description"));
  CHECK(data["totals"]["gross"] == json({{"amountMinor", 3329}, {"currency", "GBP"}}));
}

TEST_CASE("a return has positive lines and a positive total", "[till]") {
  const auto made =
      events({"C536379",
              summer,
              "",
              {row("D", "Discount", "-1", "27.50"), row("22000", "MUG", "-3", "1.15")}});
  REQUIRE(made.size() == 1);
  CHECK(made[0]["type"] == "retail.return.completed.v1");
  const json& data = made[0]["data"];
  CHECK_FALSE(data.contains("customerRef"));
  CHECK(data["lines"][0]["kind"] == "fee");
  CHECK(data["lines"][1]["kind"] == "return");
  CHECK(data["lines"][1]["quantity"]["value"] == "3");
  CHECK(data["lines"][1]["extended"]["amountMinor"] == 345);
  CHECK(data["totals"]["gross"]["amountMinor"] == 3095);
}

TEST_CASE("an exchange inside a return counts against it", "[till]") {
  const auto made = events({"C1", summer, "", {row("1", "A", "-2", "5"), row("2", "B", "1", "3")}});
  CHECK(made[0]["data"]["lines"][1]["kind"] == "sale");
  CHECK(made[0]["data"]["lines"][1]["extended"]["amountMinor"] == 300);
  CHECK(made[0]["data"]["totals"]["gross"]["amountMinor"] == 700);
}

TEST_CASE("an A invoice is an adjustment of the drawer, signed", "[till]") {
  const auto made =
      events({"A563186", summer, "", {row("B", "Adjust bad debt", "1", "-11062.06")}});
  REQUIRE(made.size() == 1);
  CHECK(made[0]["type"] == "retail.tender.movement.v1");
  CHECK(made[0]["data"]["kind"] == "adjustment");
  CHECK(made[0]["data"]["movementKey"] == "A563186");
  CHECK(made[0]["data"]["amount"]["amountMinor"] == -1106206);
}

TEST_CASE("an invoice without any price is one signed stock change per row", "[till]") {
  const auto made =
      events({"536414",
              summer,
              "",
              {row("22139", "", "56", "0.0"), row("21777", "damages", "-10", "0.000")}});
  REQUIRE(made.size() == 2);
  CHECK(made[0]["id"] == "536414/1");
  CHECK(made[1]["id"] == "536414/2");
  CHECK(made[1]["type"] == "retail.stock.adjusted.v1");
  CHECK(made[1]["data"]["sku"] == "21777");
  CHECK(made[1]["data"]["locationId"] == "store-1");
  CHECK(made[1]["data"]["quantity"]["value"] == "-10");
  CHECK(made[1]["data"]["reasonRaw"] == "damages");
  CHECK_FALSE(made[0]["data"].contains("reasonRaw"));
}

TEST_CASE("fee codes are matched as they are written", "[till]") {
  for (const char* code :
       {"POST", "D", "M", "DOT", "BANK CHARGES", "AMAZONFEE", "S", "C2", "CRUK", "PADS", "B"}) {
    CHECK(is_fee_code(code));
  }
  for (const char* code : {"", "85123A", "POSTER", "gift_0001_20"}) CHECK_FALSE(is_fee_code(code));
}
