// Shopify tells the money of a refund in two web hooks: refunds/create and
// tender_transactions/create. The driver's value refundMoney says which of them counts.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>
#include <sstream>

#include "trial_text.h"

using namespace storeward;
using namespace storeward::templates_test;
using nlohmann::json;

namespace {

struct PaidBack {
  long long amount = 0;  // in cents, by whichever event
  std::size_t returns = 0, exceptions = 0, captured = 0;
};

// What a shop subscribed to both hooks tells of one refund of 9.49 with goods and one of 5.00
// without.
PaidBack paid_back(const mapping::Given& values) {
  const auto fixtures = std::filesystem::path(STOREWARD_SOURCE_DIR) / "tests/templates";
  PaidBack told;
  for (const auto& [name, sample] :
       {std::pair{"shopify-refund", "shopify-refund/goods.json"},
        {"shopify-refund", "shopify-refund/money-only.json"},
        {"shopify-tender-transactions", "shopify-tender-transactions/money-of-refunds.json"}}) {
    const TrialText made = trial_text(name, fixtures / sample, "EUR", values);
    REQUIRE(made.problem.empty());
    told.exceptions += made.totals.exceptions;
    std::istringstream lines(made.lines);
    for (std::string line; std::getline(lines, line);) {
      const json event = json::parse(line);
      const std::string type = event.value("type", "");
      if (type == "retail.payment.captured.v1") ++told.captured;
      if (type == "retail.payment.refunded.v1") {
        told.amount += event["data"]["amount"]["amountMinor"].get<long long>();
      }
      if (type != "retail.return.completed.v1") continue;
      ++told.returns;
      CHECK(event["data"]["totals"]["gross"]["amountMinor"] == 949);
      for (const json& payment : event["data"].value("payments", json::array())) {
        told.amount += payment["amount"]["amountMinor"].get<long long>();
      }
    }
  }
  return told;
}

}  // namespace

TEST_CASE("money that Shopify tells in two web hooks is paid back once", "[templates]") {
  const auto* const hook = GENERATE("refunds", "tender_transactions");
  INFO(hook);
  const PaidBack told = paid_back({{"refundMoney", hook}});
  CHECK(told.amount == 1449);
  CHECK(told.returns == 1);
  CHECK(told.captured == 1);
  CHECK(told.exceptions == 0);
}

TEST_CASE("a tender transaction that pays back asks which web hook counts, until that is said",
          "[templates]") {
  const auto* const said = GENERATE("", "both");
  const PaidBack told = paid_back({{"refundMoney", said}});
  CHECK(told.amount == 1449);  // as refunds/create has it
  CHECK(told.captured == 1);
  CHECK(told.exceptions == 2);
}
