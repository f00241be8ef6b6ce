#include "agent/core/uuid_text.h"

#include <algorithm>

#include "agent/base/ascii.h"

namespace storeward {
namespace {

constexpr std::string_view form = "xxxxxxxx-xxxx-Vxxx-Rxxx-xxxxxxxxxxxx";

bool fits(char c, char wanted) {
  if (wanted == '-') return c == '-';
  if (wanted == 'V') return c >= '1' && c <= '8';
  const char lower = to_lower(c);
  if (wanted == 'R') return lower == '8' || lower == '9' || lower == 'a' || lower == 'b';
  return is_hex_digit(c);
}

bool is_word(std::string_view text, std::size_t at) {
  return at < text.size() && (is_letter(text[at]) || is_digit(text[at]));
}

bool is_uuid_at(std::string_view text, std::size_t at) {
  const std::string_view uuid = text.substr(at, form.size());
  return uuid.size() == form.size() && std::ranges::equal(uuid, form, fits) &&
         std::ranges::any_of(uuid, is_letter) && !is_word(text, at + form.size()) &&
         (at == 0 || !is_word(text, at - 1));
}

}  // namespace

bool stands_in_uuid(std::string_view text, std::size_t begin, std::size_t end) {
  if (end - begin > form.size()) return false;
  for (std::size_t at = end - std::min(end, form.size()); at <= begin; ++at) {
    if (is_uuid_at(text, at)) return true;
  }
  return false;
}

bool is_uuid(std::string_view text) {
  return text.size() == form.size() && is_uuid_at(text, 0);
}

}  // namespace storeward
