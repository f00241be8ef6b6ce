// What the template makes of a DSFinV-K comes to what its closing says, by the closing's own files.
#include <catch2/catch.hpp>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "trial_text.h"

using namespace storeward::templates_test;
using nlohmann::json;

namespace {

struct Totals {
  long long receipts = 0, gross = 0;
  std::map<std::string, long long> tenders;  // without those that come to nothing

  bool operator==(const Totals&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Totals& totals) {
  out << totals.receipts << " receipts, " << totals.gross;
  for (const auto& [type, amount] : totals.tenders) out << ", " << type << " " << amount;
  return out;
}

void without_nothing(std::map<std::string, Totals>& all) {
  for (auto& [key, totals] : all) {
    std::erase_if(totals.tenders, [](const auto& tender) { return tender.second == 0; });
  }
}

}  // namespace

TEST_CASE("the receipts of a DSFinV-K come to its closings, in number, gross and tenders",
          "[templates]") {
  const auto [archive, closings] =
      GENERATE(table<std::string, std::size_t>({{"closing.tar", std::size_t{1}},
                                                {"business-cases.tar", std::size_t{4}},
                                                {"tips.tar", std::size_t{1}},
                                                {"lines-taken-back.tar", std::size_t{1}}}));
  const TrialText made = trial_text(
      "dsfinvk", std::filesystem::path(STOREWARD_SOURCE_DIR) / "tests/templates/dsfinvk" / archive);
  REQUIRE(made.problem.empty());
  std::map<std::string, Totals> received, closed;  // by the key of the closing
  std::istringstream stream(made.lines);
  for (std::string line; std::getline(stream, line);) {
    const json event = json::parse(line);
    const std::string type = event.value("type", "");
    const bool returned = type == "retail.return.completed.v1";
    if (type == "retail.dayclose.closed.v1") {
      Totals& totals = closed[event["data"]["closeKey"]];
      totals.receipts = event["data"]["txCount"];
      totals.gross = event["data"]["gross"]["amountMinor"];
      for (const json& tender : event["data"]["tenders"]) {
        totals.tenders[tender["tenderType"]] = tender["expected"]["amountMinor"];
      }
    }
    if (!returned && type != "retail.sale.completed.v1") continue;
    const std::string key = event["data"]["saleKey"];
    Totals& totals = received[key.substr(0, key.rfind('/'))];
    ++totals.receipts;
    const long long amount = event["data"]["totals"]["gross"]["amountMinor"];
    totals.gross += returned ? -amount : amount;
    for (const json& payment : event["data"].value("payments", json::array())) {
      const long long paid = payment["amount"]["amountMinor"];
      totals.tenders[payment["tenderType"]] += payment["direction"] == "out" ? -paid : paid;
    }
  }
  without_nothing(received);
  without_nothing(closed);
  CHECK(closed.size() == closings);
  CHECK(received == closed);
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

TEST_CASE("tips that a DSFinV-K pays out to the staff are no sale", "[templates]") {
  const TrialText made = trial_text(
      "dsfinvk", std::filesystem::path(STOREWARD_SOURCE_DIR) / "tests/templates/dsfinvk/tips.tar");
  REQUIRE(made.problem.empty());
  long long paid_out = 0;
  std::istringstream stream(made.lines);
  for (std::string line; std::getline(stream, line);) {
    const json event = json::parse(line);
    const json& data = event["data"];
    if (event["type"] == "retail.sale.completed.v1") {
      CHECK(data["totals"]["gross"]["amountMinor"] > 0);
    }
    if (event["type"] != "retail.tender.movement.v1") continue;
    const long long amount = data["amount"]["amountMinor"];
    if (data["kind"] == "paidOut") paid_out += amount;
    if (data["kind"] == "paidIn") paid_out -= amount;
  }
  CHECK(paid_out == 600);  // 5.00, 3.00 and that taken back, 1.00
}
