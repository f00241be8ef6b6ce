#include "drivers/formats/edi/syntax.h"

#include <algorithm>
#include <charconv>

#include "agent/base/ascii.h"
#include "agent/core/masking.h"

namespace storeward {
namespace {

bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

std::string_view without_zeros(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  while (text.size() > 1 && (text.front() == '0' || text.front() == ' ')) text.remove_prefix(1);
  return text;
}

}  // namespace

bool edi_released(std::string_view text, std::size_t at, char release) {
  if (release == '\0') return false;
  std::size_t before = at;
  while (before > 0 && text[before - 1] == release) --before;
  return (at - before) % 2 == 1;
}

std::string_view edi_take(std::string_view& rest, char separator, char release, bool& more) {
  std::size_t at = separator == '\0' ? rest.npos : rest.find(separator);
  while (at != rest.npos && edi_released(rest, at, release)) at = rest.find(separator, at + 1);
  more = at != rest.npos;
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(more ? at + 1 : rest.size());
  return taken;
}

std::string_view edi_element(std::string_view segment, const EdiSyntax& syntax,
                             std::size_t number) {
  bool more = true;
  for (; number > 0 && more; --number) edi_take(segment, syntax.element, syntax.release, more);
  return more ? edi_take(segment, syntax.element, syntax.release, more) : std::string_view();
}

std::string_view edi_component(std::string_view element, const EdiSyntax& syntax,
                               std::size_t number) {
  bool more = true;
  for (; number > 1 && more; --number) edi_take(element, syntax.component, syntax.release, more);
  return more ? edi_take(element, syntax.component, syntax.release, more) : std::string_view();
}

std::string edi_unreleased(std::string_view text, char release) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (release != '\0' && text[i] == release && i + 1 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

std::string_view edi_without_fill(std::string_view text) {
  constexpr std::string_view no_break_space = "\xC2\xA0";
  for (;;) {
    if (text.ends_with(' ')) {
      text.remove_suffix(1);
    } else if (text.ends_with(no_break_space)) {
      text.remove_suffix(no_break_space.size());
    } else {
      return text;
    }
  }
}

std::string edi_shown(std::string_view text) {
  constexpr std::size_t longest = 14;
  std::string out = mask_text(text).substr(0, longest);
  for (char& c : out) {
    if (c < ' ' || c > '~') c = '?';
  }
  return out;
}

bool is_edi_tag(std::string_view tag) {
  return tag.size() >= 2 && tag.size() <= 15 && is_capital(tag.front()) &&
         std::all_of(tag.begin(), tag.end(), [](char c) { return is_capital(c) || is_digit(c); });
}

bool is_edi_separator(char c) {
  const auto code = static_cast<unsigned char>(c);
  return code < 0x7F && c != ' ' && c != '\0' && c != '\r' && c != '\n' && !is_letter(c) &&
         !is_digit(c);
}

bool is_edi_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\x1a' || c == '\0';
}

std::optional<std::uint64_t> edi_number(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.empty() || text.size() > 15) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool same_edi_control(std::string_view one, std::string_view other) {
  return without_zeros(one) == without_zeros(other);
}

std::string edi_date(std::string_view digits) {
  const auto number = edi_number(digits);
  if (!number || (digits.size() != 6 && digits.size() != 8)) return {};
  std::string text(digits);
  if (text.size() == 6) text.insert(0, text >= "70" ? "19" : "20");
  const std::string_view month = std::string_view(text).substr(4, 2);
  const std::string_view day = std::string_view(text).substr(6, 2);
  if (month < "01" || month > "12" || day < "01" || day > "31") return {};
  text.insert(6, "-").insert(4, "-");
  return text;
}

}  // namespace storeward
