// tests/templates/<template>/<case>.<ext>: an input of our own; beside it <case>.events.ndjson:
// what becomes of it. STOREWARD_REWRITE=1 writes the expected files anew; they are then read line
// by line before they are committed.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "agent/core/mapping/template.h"
#include "agent/runtime/template_draft.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/templates/feed_plan.h"
#include "trial_text.h"

using namespace storeward;
using namespace storeward::templates_test;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view expected_suffix = ".events.ndjson";

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(folder)) entries.push_back(entry.path());
  std::ranges::sort(entries);
  return entries;
}

// Those of its words that are the same for each record.
std::string constant_words(const mapping::Exclusion& rule) {
  if (!rule.reason.empty()) return rule.reason;
  for (const mapping::Expression& part : rule.reason_value.parts) {
    if (part.origin == mapping::Origin::constant) return part.text;
  }
  FAIL(rule.name << " has no words of its own");
  return {};
}

// As it stands between quotes.
std::string in_json(const std::string& text) {
  const std::string quoted = nlohmann::json(text).dump();
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

TEST_CASE("each template makes of its fixtures the events that a person has approved",
          "[templates]") {
  const bool rewrite = std::getenv("STOREWARD_REWRITE") != nullptr;
  std::size_t compared = 0;
  for (const fs::path& folder :
       sorted_entries(fs::path(STOREWARD_SOURCE_DIR) / "tests/templates")) {
    for (const fs::path& input : sorted_entries(folder)) {
      if (input.string().ends_with(expected_suffix)) continue;
      const fs::path expected = folder / (input.stem().string() + std::string(expected_suffix));
      const TrialText made = trial_text(folder.filename().string(), input);
      INFO(input.string());
      REQUIRE(made.problem.empty());
      if (rewrite) std::ofstream(expected, std::ios::binary) << made.lines;
      CHECK(made.lines == text_of(expected));
      CHECK(made.totals.conflicts == 0);  // an id that stands for two facts
      ++compared;
    }
  }
  CHECK(compared > 0);
}

TEST_CASE("a file of another kind is never taken for one without records", "[templates]") {
  const support::TemporaryDirectory directory;
  const fs::path sample = directory.path() / "sample";
  std::ofstream(sample) << "<order><id>1</id><sku>A</sku></order>\n";
  std::size_t tried = 0;
  for (const fs::path& shipped :
       sorted_entries(fs::path(STOREWARD_SOURCE_DIR) / "config/templates")) {
    const std::string name = shipped.stem().string();
    const TrialText made = trial_text(name, sample);
    INFO(name << ": " << made.lines);
    CHECK(made.totals.records + !made.problem.empty() > 0);
    if (name == "scanner-lines" || name == "gs1-scan") continue;  // any line may be one
    CHECK(made.totals.exceptions + !made.problem.empty() > 0);
    ++tried;
  }
  CHECK(tried > 15);
}

// Lines of scans have no sign that tells them from any other text.
TEST_CASE("a draft made of a template's fixture extends that template", "[templates]") {
  for (const fs::path& folder :
       sorted_entries(fs::path(STOREWARD_SOURCE_DIR) / "tests/templates")) {
    if (folder.filename() == "gs1-scan" || folder.filename() == "scanner-lines") continue;
    for (const fs::path& input : sorted_entries(folder)) {
      if (input.string().ends_with(expected_suffix)) continue;
      INFO(input.string());
      const auto draft = draft_template("x", text_of(input));
      REQUIRE(draft);
      CHECK_THAT(draft->text, Catch::Contains("extends = \"" + folder.filename().string() + "\""));
    }
  }
}

// What only a value of the driver brings about is in driver_values_test.cpp.
TEST_CASE("each reason for which a shipped template takes no record stands in a fixture",
          "[templates]") {
  const std::set<std::pair<std::string, std::string>> by_value = {
      {"edifact", "test-interchange"},
      {"x12", "test-interchange"},
      {"shopify-refund", "money-told-elsewhere"},
      {"shopify-tender-transaction", "told-by-refund"},
      {"shopify-tender-transactions", "told-by-refund"}};
  const fs::path source = STOREWARD_SOURCE_DIR;
  std::size_t reasons = 0;
  for (const fs::path& shipped : sorted_entries(source / "config/templates")) {
    const std::string name = shipped.stem().string();
    std::string told;
    for (const fs::path& entry : sorted_entries(source / "tests/templates" / name)) {
      if (entry.string().ends_with(expected_suffix)) told += text_of(entry);
    }
    const auto plan = plan_by(name);
    for (const auto* const rules : {&plan->mapping->ignore, &plan->mapping->reject}) {
      for (const mapping::Exclusion& rule : *rules) {
        if (by_value.contains({name, rule.name})) continue;
        INFO(name << ": " << rule.name);
        CHECK_THAT(told, Catch::Contains(in_json(constant_words(rule))));
        ++reasons;
      }
    }
  }
  CHECK(reasons > 100);
}

// One driver often gets the web hooks of several topics, and one of them was forgotten.
TEST_CASE("what another topic of the web shop sends waits for a person", "[templates]") {
  const fs::path fixtures = fs::path(STOREWARD_SOURCE_DIR) / "tests/templates";
  std::size_t tried = 0;
  for (const fs::path& own : sorted_entries(fixtures)) {
    const std::string name = own.filename().string();
    if (!name.starts_with("shopify-")) continue;
    for (const fs::path& other : sorted_entries(fixtures)) {
      const std::string sent = other.filename().string();
      // The list of tender transactions is read as the single one is.
      if (!sent.starts_with("shopify-") || sent.starts_with(name) || name.starts_with(sent)) {
        continue;
      }
      for (const fs::path& input : sorted_entries(other)) {
        if (input.string().ends_with(expected_suffix)) continue;
        INFO(name << " is sent " << input.string());
        const TrialText made = trial_text(name, input);
        CHECK(made.totals.events == 0);
        CHECK(made.totals.ignored == 0);
        CHECK(made.totals.exceptions == made.totals.records);
        ++tried;
      }
    }
  }
  CHECK(tried > 0);
}

TEST_CASE("each case of the trade has a fixture of its name", "[templates]") {
  std::set<std::string> cases;
  for (const fs::path& folder :
       sorted_entries(fs::path(STOREWARD_SOURCE_DIR) / "tests/templates")) {
    for (const fs::path& input : sorted_entries(folder)) cases.insert(input.stem().string());
  }
  for (const char* const trade_case :
       {"return-without-receipt", "cross-store-return", "exchange", "gift-card-split-tender",
        "bottle-deposit", "price-override", "catch-weight", "lot-and-expiry-on-receipt",
        "serial-sold-twice", "partial-shipment", "training-mode", "two-vat-rates-on-one-day",
        "dst-night", "currency-without-decimals", "currency-with-three-decimals",
        "late-sale-after-close"}) {
    INFO(trade_case);
    CHECK(cases.contains(trade_case));
  }
}
