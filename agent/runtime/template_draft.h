// A first draft of a template from a sample, for `storeward template new --from`: a CSV becomes a
// template that extends the shipped one that fits (agent/runtime/draft). It guesses and says so;
// where it does not know it asks. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"

namespace storeward {

struct TemplateDraft {
  std::string text;                    // TOML
  std::vector<std::string> questions;  // it can be used, and somebody should know
  std::vector<std::string> undecided;  // it is refused before these are decided
};

// `whole`: the sample is the source to its end. Fails where the sample is empty, or nothing fits.
Result<TemplateDraft> draft_template(std::string_view name, std::string_view sample,
                                     bool whole = true);

}  // namespace storeward
