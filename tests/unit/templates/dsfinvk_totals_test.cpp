// What the template makes of a DSFinV-K comes to what its closing says, by the closing's own files.
#include <catch2/catch.hpp>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "trial_text.h"

using namespace storeward::templates_test;
using nlohmann::json;

TEST_CASE("the receipts of a DSFinV-K come to its closing, in number, gross and tenders",
          "[templates]") {
  const TrialText made = trial_text("dsfinvk", std::filesystem::path(STOREWARD_SOURCE_DIR) /
                                                   "tests/templates/dsfinvk/closing.tar");
  REQUIRE(made.problem.empty());
  long long receipts = 0, gross = 0;
  std::map<std::string, long long> tenders;
  json closing;
  std::istringstream stream(made.lines);
  for (std::string line; std::getline(stream, line);) {
    const json event = json::parse(line);
    const std::string type = event.value("type", "");
    if (type == "retail.dayclose.closed.v1") closing = event["data"];
    const bool returned = type == "retail.return.completed.v1";
    if (!returned && type != "retail.sale.completed.v1") continue;
    ++receipts;
    const long long amount = event["data"]["totals"]["gross"]["amountMinor"];
    gross += returned ? -amount : amount;
    for (const json& payment : event["data"]["payments"]) {
      const long long paid = payment["amount"]["amountMinor"];
      tenders[payment["tenderType"]] += payment["direction"] == "out" ? -paid : paid;
    }
  }
  REQUIRE(closing.is_object());
  CHECK(closing["txCount"] == receipts);
  CHECK(closing["gross"]["amountMinor"] == gross);
  std::map<std::string, long long> expected;
  for (const json& tender : closing["tenders"]) {
    expected[tender["tenderType"]] = tender["expected"]["amountMinor"];
  }
  CHECK(tenders == expected);
}

TEST_CASE("each number of a DSFinV-K is a receipt's or used up by what is none", "[templates]") {
  const TrialText made = trial_text("dsfinvk", std::filesystem::path(STOREWARD_SOURCE_DIR) /
                                                   "tests/templates/dsfinvk/closing.tar");
  REQUIRE(made.problem.empty());
  std::map<long long, std::string> numbers;
  std::istringstream used(made.used);
  std::string place;
  for (long long number = 0; used >> number >> place;) {
    CHECK(place == "KASSE-3/2026-11-20");
    numbers[number] += "used ";
  }
  std::istringstream stream(made.lines);
  for (std::string line; std::getline(stream, line);) {
    const json event = json::parse(line);
    const std::string type = event.value("type", "");
    if (!type.starts_with("retail.sale.") && !type.starts_with("retail.return.")) continue;
    numbers[event["data"]["sequenceNo"]] += "receipt ";
  }
  std::string not_receipts;
  for (long long number = 199; number <= 215; ++number) {
    INFO(number << ": " << numbers[number]);
    CHECK((numbers[number] == "used " || numbers[number] == "receipt "));
    if (numbers[number] == "used ") not_receipts += std::to_string(number) + " ";
  }
  CHECK(not_receipts == "199 202 203 210 212 215 ");
}
