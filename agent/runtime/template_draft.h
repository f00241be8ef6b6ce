// TemplateDraft: a first template for a sample file, guessed: format, delimiter, decimals, dates,
// signs, what belongs to one receipt, which column is what. Every guess stands in it as a comment;
// a person goes on from there with `template test`. Pure.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/result.h"

namespace storeward {

// `sample`: the beginning of the file, whole lines. Fails where nothing can be guessed, with what
// to do instead.
Result<std::string> draft_template(std::string_view name, std::string_view sample);

}  // namespace storeward
