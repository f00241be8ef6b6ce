#include "agent/core/topic_prefix.h"

#include <algorithm>

#include "agent/core/value_rules.h"

namespace storeward {
namespace {

constexpr std::size_t max_bytes = 128;

}  // namespace

bool is_topic_prefix(std::string_view text) {
  return !text.empty() && text.size() <= max_bytes && text.front() != '/' && text.back() != '/' &&
         text.find("//") == std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return c == '/' || is_name_character(c); });
}

}  // namespace storeward
