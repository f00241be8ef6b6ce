// Which way the money of a plain settlement goes, where its file leaves the sign to the kind.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>
#include <sstream>

#include "trial_text.h"

using namespace storeward::templates_test;
using nlohmann::json;

namespace {

const std::filesystem::path unsigned_file =
    std::filesystem::path(STOREWARD_SOURCE_DIR) /
    "tests/templates/csv-settlement/amounts-without-a-sign.csv";

}  // namespace

TEST_CASE("lines of a settlement without signs come to nothing with its payout", "[templates]") {
  const TrialText made = trial_text("csv-settlement", unsigned_file);
  REQUIRE(made.problem.empty());
  long long balance = 0;
  std::istringstream lines(made.lines);
  for (std::string line; std::getline(lines, line);) {
    const json event = json::parse(line);
    if (event.value("type", "") != "retail.settlement.line.v1") continue;
    if (event["data"]["batchId"] != "B-21") continue;
    balance += event["data"]["net"]["amountMinor"].get<long long>();
  }
  CHECK(balance == 0);
}

TEST_CASE("a driver that vouches for the signs of a settlement has them taken as they are",
          "[templates]") {
  const TrialText made = trial_text("csv-settlement", unsigned_file, "EUR", {{"signs", "written"}});
  REQUIRE(made.problem.empty());
  CHECK(made.lines.find("signAssumed") == std::string::npos);
  CHECK(made.lines.find("there is no telling") == std::string::npos);
  CHECK(made.lines.find(R"("net":{"amountMinor":510,"currency":"EUR"})") != std::string::npos);
}
