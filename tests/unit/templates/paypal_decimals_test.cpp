// PayPal's settlement report has amounts without a decimal sign. Of the forint and the Taiwan
// dollar, which have two decimals by ISO 4217 and none at PayPal, it does not say what they count.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>
#include <sstream>

#include "trial_text.h"

using namespace storeward;
using namespace storeward::templates_test;
using nlohmann::json;

namespace {

// A line for each currency: gross, net and fee in minor units.
std::string amounts_of(const TrialText& made) {
  std::string amounts;
  std::istringstream lines(made.lines);
  for (std::string line; std::getline(lines, line);) {
    const json event = json::parse(line);
    if (event.value("type", "") != "retail.settlement.line.v1") continue;
    const json& data = event["data"];
    const auto minor = [](const json& money) { return " " + money["amountMinor"].dump(); };
    amounts += data["net"]["currency"].get<std::string>() + minor(data["gross"]) +
               minor(data["net"]) + minor(data["fees"][0]["amount"]) + "\n";
  }
  return amounts;
}

TrialText report(const mapping::Given& values) {
  return trial_text("paypal-settlement",
                    std::filesystem::path(STOREWARD_SOURCE_DIR) /
                        "tests/templates/paypal-settlement/currencies-without-decimals.csv",
                    "EUR", values);
}

}  // namespace

TEST_CASE("PayPal's amounts in forint and Taiwan dollars are asked for, not guessed",
          "[templates]") {
  const TrialText made = report({});
  REQUIRE(made.problem.empty());
  CHECK(amounts_of(made) == "JPY 10000 9600 400\nUSD 10000 9600 400\n");
  CHECK(made.totals.exceptions == 2);
}

TEST_CASE("PayPal's amounts in forint and Taiwan dollars are what the driver says", "[templates]") {
  const auto [said, amounts] = GENERATE(table<std::string, std::string>(
      {{"whole", "HUF 19900000 19000000 900000\nTWD -199000 -198000 -1000\n"},
       {"hundredths", "HUF 199000 190000 9000\nTWD -1990 -1980 -10\n"}}));
  const TrialText made = report({{"noDecimals", said}});
  REQUIRE(made.problem.empty());
  CHECK(made.totals.exceptions == 0);
  CHECK(amounts_of(made) == "JPY 10000 9600 400\nUSD 10000 9600 400\n" + amounts);
}
