// What a template makes of a file, as text for comparing: a line for each event, exception and
// ignored record, in their order. Of the event what is ours to compare: without the hash of the
// source's bytes.
#pragma once

#include <filesystem>
#include <string>

#include "agent/runtime/template_trial.h"

namespace storeward::templates_test {

struct TrialText {
  std::string lines;
  std::string used;  // numbers, a line each: "17 3/2026-11-20"
  TrialTotals totals;
  std::string problem;  // why there are none
};

// At a site of its own: store-1 in Berlin, in euros. `name`: of a template or its file. `values`:
// of the driver.
TrialText trial_text(const std::string& name, const std::filesystem::path& sample,
                     const std::string& currency = "EUR", const mapping::Given& values = {});

// The folder shared/data beside the project, where the samples that are not ours stand; empty if it
// is not there.
std::filesystem::path shared_data();

}  // namespace storeward::templates_test
