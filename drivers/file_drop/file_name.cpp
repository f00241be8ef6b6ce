#include "drivers/file_drop/file_name.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>

#include "agent/base/ascii.h"
#include "agent/core/masking.h"
#include "agent/core/utf8.h"

namespace storeward::file_drop {
namespace {

constexpr std::size_t hash_digits = 12;
constexpr std::size_t longest_filed_name = 200;  // with a suffix of ours it still fits in 255

std::string_view digits_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return text.substr(at, end - at);
}

std::string_view without_zeros(std::string_view digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

void append_escaped(std::string& out, char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  out += "\\x";
  out += digits[value >> 4];
  out += digits[value & 15];
}

}  // namespace

bool is_temporary(std::string_view name) {
  constexpr std::array<std::string_view, 8> endings = {
      ".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".swp", "~"};
  if (name.starts_with('.') || name.starts_with('~')) return true;
  const std::string lower = lowered(name);
  return std::ranges::any_of(endings, [&lower](auto ending) { return lower.ends_with(ending); });
}

bool matches(const std::string& pattern, const std::string& name) {
  return ::fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD) == 0;
}

bool natural_less(std::string_view one, std::string_view other) {
  std::size_t a = 0, b = 0;
  while (a < one.size() && b < other.size()) {
    if (is_digit(one[a]) && is_digit(other[b])) {
      const std::string_view digits_a = digits_at(one, a), digits_b = digits_at(other, b);
      const std::string_view number_a = without_zeros(digits_a), number_b = without_zeros(digits_b);
      if (number_a.size() != number_b.size()) return number_a.size() < number_b.size();
      if (number_a != number_b) return number_a < number_b;
      a += digits_a.size();
      b += digits_b.size();
      continue;
    }
    if (one[a] != other[b]) return one[a] < other[b];
    ++a;
    ++b;
  }
  if ((a < one.size()) != (b < other.size())) return b < other.size();
  return one < other;
}

std::string shown(std::string_view name) {
  std::string text;
  std::size_t at = 0;
  while (at < name.size()) {
    const std::size_t length = utf8_length(name, at);
    const auto byte = static_cast<unsigned char>(name[at]);
    if (length == 0 || byte < 0x20 || byte == 0x7F || byte == '\\') {
      append_escaped(text, name[at++]);
      continue;
    }
    text += name.substr(at, length);
    at += length;
  }
  return mask_text(text);
}

std::string filed_name(std::string_view name, std::string_view content_hex) {
  std::string safe = shown(name);
  const std::string_view hash = content_hex.substr(0, hash_digits);
  std::size_t dot = safe.rfind('.');
  if (dot == std::string::npos || dot == 0 || safe.size() - dot > 20) dot = safe.size();
  const std::string ending = safe.substr(dot);
  std::string_view stem = utf8_prefix(std::string_view(safe).substr(0, dot),
                                      longest_filed_name - ending.size() - hash_digits - 1);
  return std::string(stem) + "." + std::string(hash) + ending;
}

}  // namespace storeward::file_drop
