// tests/templates/<template>/<case>.<ext>: an input of our own; beside it <case>.events.ndjson:
// what becomes of it. STOREWARD_REWRITE=1 writes the expected files anew; they are then read line
// by line before they are committed.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "agent/runtime/template_draft.h"
#include "tests/support/temporary_directory.h"
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
    if (name == "poslog") continue;  // an XML without a transaction may be a day without one
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
    if (folder.filename() == "gs1-scan") continue;
    for (const fs::path& input : sorted_entries(folder)) {
      if (input.string().ends_with(expected_suffix)) continue;
      INFO(input.string());
      const auto draft = draft_template("x", text_of(input));
      REQUIRE(draft);
      CHECK_THAT(draft->text, Catch::Contains("extends = \"" + folder.filename().string() + "\""));
    }
  }
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
