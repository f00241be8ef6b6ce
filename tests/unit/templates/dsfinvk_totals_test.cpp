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
