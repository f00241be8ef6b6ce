// "Did you mean": the nearest of some words. Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace storeward::config {

// The candidate at the least edit distance (a swap of neighbours counts one) if it is at most 2 and
// less than half of the word; the first of equals.
std::optional<std::string_view> nearest(std::string_view word,
                                        const std::vector<std::string_view>& candidates);

}  // namespace storeward::config
