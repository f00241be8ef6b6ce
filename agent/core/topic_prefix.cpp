#include "agent/core/topic_prefix.h"

#include <algorithm>

#include "agent/base/ascii.h"

namespace storeward {
namespace {

constexpr std::size_t max_bytes = 128;
constexpr std::string_view marks = "._~-/";

}  // namespace

bool is_topic_prefix(std::string_view text) {
  return !text.empty() && text.size() <= max_bytes && text.front() != '/' && text.back() != '/' &&
         text.find("//") == std::string_view::npos && std::ranges::all_of(text, [](char c) {
           return is_letter(c) || is_digit(c) || marks.find(c) != std::string_view::npos;
         });
}

}  // namespace storeward
