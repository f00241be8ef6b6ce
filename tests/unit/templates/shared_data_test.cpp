// The samples beside the project (shared/data) through the shipped templates: how many events,
// exceptions and ignored records each gives, looked at one by one. No record vanishes.
#include <catch2/catch.hpp>

#include "trial_text.h"

using namespace storeward;
using namespace storeward::templates_test;

namespace {

struct Sample {
  const char* file;
  const char* by;
  std::uint64_t records, events, exceptions, ignored;
};

constexpr Sample samples[] = {
#include "shared_edi.inc"
#include "shared_payments.inc"
#include "shared_pos.inc"
};

}  // namespace

TEST_CASE("every sample beside the project becomes what its template says, and nothing vanishes",
          "[templates]") {
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
    CHECK(made.totals.exceptions == sample.exceptions);
    CHECK(made.totals.ignored == sample.ignored);
    CHECK(made.totals.records <= sample.events + sample.exceptions + sample.ignored);
  }
}
