// The samples beside the project (shared/data) through the shipped templates: how many events,
// exceptions and ignored records each gives, looked at one by one. That no record vanishes is
// counted independently in tests/integration/test_conservation.py.
#include <catch2/catch.hpp>

#include <cstdlib>

#include "tests/support/temporary_directory.h"
#include "trial_text.h"

using namespace storeward;
using namespace storeward::templates_test;
using support::TemporaryDirectory;

namespace {

struct Sample {
  const char* file;
  const char* by;
  std::uint64_t records, events, exceptions, ignored, duplicates = 0;
};

constexpr Sample samples[] = {
#include "shared_edi.inc"
#include "shared_payments.inc"
#include "shared_pos.inc"
};

}  // namespace

TEST_CASE("every sample beside the project becomes what its template says", "[templates]") {
  const std::filesystem::path data = shared_data();
  if (data.empty()) {
    WARN("skipped: no shared/data beside the project");
    return;
  }
  for (const Sample& sample : samples) {
    INFO(sample.file << " by " << sample.by);
    const TrialText made = trial_text(sample.by, data / sample.file);
    CHECK(made.problem.empty());
    CHECK(made.totals.records == sample.records);
    CHECK(made.totals.events == sample.events);
    CHECK(made.totals.duplicates == sample.duplicates);
    CHECK(made.totals.conflicts == 0);
    CHECK(made.totals.exceptions == sample.exceptions);
    CHECK(made.totals.ignored == sample.ignored);
  }
}

TEST_CASE("a folder of DSFinV-K goes through as the archive it comes in", "[templates]") {
  const std::filesystem::path data = shared_data();
  if (data.empty()) {
    WARN("skipped: no shared/data beside the project");
    return;
  }
  const TemporaryDirectory directory;
  const std::filesystem::path archive = directory.path() / "closing.tar.gz";
  const std::string pack =
      "tar -czf '" + archive.string() + "' -C '" + (data / "synthetic").string() + "' dsfinvk";
  REQUIRE(std::system(pack.c_str()) == 0);
  const TrialText made = trial_text("dsfinvk", archive);
  CHECK(made.problem.empty());
  CHECK(made.totals.records == 3);
  CHECK(made.totals.by_type.at("retail.sale.completed.v1") == 1);
  CHECK(made.totals.by_type.at("retail.return.completed.v1") == 1);
  CHECK(made.totals.by_type.at("retail.dayclose.closed.v1") == 1);
  CHECK(made.totals.exceptions == 0);
}

TEST_CASE("five months of a real shop go through, each of its receipts as an event",
          "[templates]") {
  const std::filesystem::path data = shared_data();
  if (data.empty()) {
    WARN("skipped: no shared/data beside the project");
    return;
  }
  const TemporaryDirectory directory;
  const std::string unpack =
      "tar -xzf '" +
      (data / "retail_log/uci_online_retail_2010-12_2011-04_by_day.tar.gz").string() + "' -C '" +
      directory.path().string() + "'";
  REQUIRE(std::system(unpack.c_str()) == 0);
  TrialTotals all;
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory.path())) {
    if (entry.path().extension() != ".csv") continue;
    const TrialText made = trial_text("online-retail", entry.path());
    INFO(entry.path().string());
    CHECK(made.problem.empty());
    all.exceptions += made.totals.exceptions;
    all.conflicts += made.totals.conflicts;
    all.records += made.totals.records;
    all.events += made.totals.events;
    all.ignored += made.totals.ignored;
    ++files;
  }
  CHECK(files == 116);
  // With receipt 542806, which another one's rows interrupt.
  CHECK(all.records == 8621);
  CHECK(all.events == 8621);
  CHECK(all.exceptions == 0);
}
