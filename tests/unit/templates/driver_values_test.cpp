// What shipped templates make of a record depends on a value of the driver now and then.
#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

#include "trial_text.h"

using namespace storeward;
using namespace storeward::templates_test;

namespace {

TrialText of_fixture(const std::string& name, const std::string& fixture,
                     const mapping::Given& values) {
  TrialText made = trial_text(
      name, std::filesystem::path(STOREWARD_SOURCE_DIR) / "tests/templates" / name / fixture, "EUR",
      values);
  REQUIRE(made.problem.empty());
  return made;
}

std::size_t times(const std::string& words, const std::string& text) {
  std::size_t found = 0;
  for (auto at = text.find(words); at != text.npos; at = text.find(words, at + 1)) ++found;
  return found;
}

}  // namespace

// Each fixture has what would count, and an acknowledgement or test beside it.
TEST_CASE("a test interchange does not count where the driver refuses it", "[templates]") {
  const auto* const name = GENERATE("x12", "edifact");
  INFO(name);
  const TrialText counted = of_fixture(name, "test-interchange.edi", {});
  CHECK(counted.totals.events > 0);
  CHECK(times("test interchange", counted.lines) == counted.totals.events);

  const TrialText refused =
      of_fixture(name, "test-interchange.edi", {{"testInterchanges", "refuse"}});
  CHECK(refused.totals.events == 0);
  CHECK(refused.totals.exceptions > 0);
  CHECK(times("which this driver refuses", refused.lines) == refused.totals.exceptions);

  const TrialText real = of_fixture(name, "control-totals.edi", {{"testInterchanges", "refuse"}});
  CHECK(real.totals.exceptions == 0);
}

TEST_CASE("money that another web hook tells is ignored with that reason", "[templates]") {
  const TrialText by_refund =
      of_fixture("shopify-tender-transaction", "paid-back-before-it-is-said-which-counts.json",
                 {{"refundMoney", "refunds"}});
  CHECK(by_refund.totals.records == 1);
  CHECK(by_refund.totals.ignored == 1);
  CHECK_THAT(by_refund.lines, Catch::Contains("counts as refunds/create tells it"));

  const TrialText by_tender =
      of_fixture("shopify-refund", "money-only.json", {{"refundMoney", "tender_transactions"}});
  CHECK(by_tender.totals.records == 1);
  CHECK(by_tender.totals.ignored == 1);
  CHECK_THAT(by_tender.lines, Catch::Contains("counts as tender_transactions/create tells it"));
}

TEST_CASE("a tender transaction that pays back is money paid back where it counts", "[templates]") {
  const TrialText made =
      of_fixture("shopify-tender-transaction", "paid-back-before-it-is-said-which-counts.json",
                 {{"refundMoney", "tender_transactions"}});
  CHECK(made.totals.events == 1);
  CHECK_THAT(made.lines, Catch::Contains("\"type\":\"retail.payment.refunded.v1\""));
  CHECK_THAT(made.lines, Catch::Contains("\"amount\":{\"amountMinor\":949,\"currency\":\"EUR\"}"));
}
