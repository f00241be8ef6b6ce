// Characters of ASCII, whatever the locale. Pure.
#pragma once

#include <algorithm>
#include <string_view>

namespace storeward {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Of one character at least.
constexpr bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

// Without the characters of `blanks` before and behind.
constexpr std::string_view trimmed(std::string_view text, std::string_view blanks = " \t") {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace storeward
