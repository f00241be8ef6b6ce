#include "agent/core/csv_text.h"

#include <algorithm>

namespace storeward {
namespace {

constexpr std::string_view starts_formula = "=+-@\t\r\n";

bool is_negative_number(std::string_view text) {
  constexpr std::string_view digits = "0123456789";
  if (text.substr(0, 1) != "-") return false;
  const std::string_view number = text.substr(1);
  const std::size_t point = std::min(number.find('.'), number.size());
  const auto all_digits = [&](std::string_view part) {
    return !part.empty() && part.find_first_not_of(digits) == part.npos;
  };
  return all_digits(number.substr(0, point)) &&
         (point == number.size() || all_digits(number.substr(point + 1)));
}

bool needs_quotes(std::string_view text, char delimiter) {
  // Other programs' delimiters, too: a spreadsheet goes by its locale, not by the file.
  constexpr std::string_view always = "\"\r\n,;\t|";
  if (text.empty()) return false;
  return text.find_first_of(always) != text.npos || text.find(delimiter) != text.npos ||
         text.front() == ' ' || text.back() == ' ';
}

}  // namespace

void append_csv_field(std::string& line, std::string_view field, char delimiter) {
  const bool formula = !field.empty() && starts_formula.find(field.front()) != field.npos &&
                       !is_negative_number(field);
  const bool quoted = needs_quotes(field, delimiter);
  if (quoted) line += '"';
  if (formula) line += '\'';
  for (const char c : field) {
    if (c == '"') line += '"';
    line += c;
  }
  if (quoted) line += '"';
}

}  // namespace storeward
