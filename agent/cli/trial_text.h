// What `storeward template test` shows of a sample's records and of all of them, for people and as
// JSON, a document a line. To standard output.
#pragma once

#include "agent/runtime/template_trial.h"

namespace storeward::cli {

void print(const TriedRecord& record);
void print(const TrialTotals& totals);
void print_as_json(const TriedRecord& record);
void print_as_json(const TrialTotals& totals);

}  // namespace storeward::cli
