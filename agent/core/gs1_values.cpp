// Values of GS1 application identifiers: whether they are as the identifier's format says, and what
// they mean.
#include <algorithm>
#include <charconv>
#include <chrono>

#include "agent/base/ascii.h"
#include "agent/base/padded_number.h"
#include "agent/core/gs1_identifiers.h"

namespace storeward::gs1 {
namespace {

// One part of a format: "N6d", "X..20", "[N3]".
struct Part {
  char set = 'N';
  std::size_t length = 0;
  bool variable = false, optional = false;
  char check = ' ';
};

Part next_part(std::string_view& format) {
  Part part;
  if (format.starts_with('[')) {
    part.optional = true;
    format.remove_prefix(1);
  }
  part.set = format.front();
  format.remove_prefix(1);
  part.variable = format.starts_with("..");
  if (part.variable) format.remove_prefix(2);
  const auto [end, error] =
      std::from_chars(format.data(), format.data() + format.size(), part.length);
  ASSERT(error == std::errc{});
  format.remove_prefix(static_cast<std::size_t>(end - format.data()));
  if (!format.empty() && format.front() >= 'A' && format.front() != ']' && format.front() != '[') {
    part.check = format.front();
    format.remove_prefix(1);
  }
  const std::size_t next = format.find_first_not_of("] ");
  format.remove_prefix(std::min(next, format.size()));
  return part;
}

bool upper(char c) {
  return c >= 'A' && c <= 'Z';
}

bool in_set(char c, char set) {
  switch (set) {
    case 'N':
      return is_digit(c);
    case 'X':  // figure 7.11-1
      return is_letter(c) || is_digit(c) ||
             std::string_view("!\"%&'()*+,-./:;<=>?_").find(c) != std::string_view::npos;
    case 'Y':  // figure 7.11-2
      return is_digit(c) || upper(c) || c == '#' || c == '-' || c == '/';
    default:
      return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '=';
  }
}

int number(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

// General Specifications 7.12: the year of these last two digits from 49 before to 50 after.
int full_year(int two_digits, int present) {
  const int difference = two_digits - present % 100;
  const int century = present - present % 100;
  return century + two_digits + (difference >= 51 ? -100 : difference <= -50 ? 100 : 0);
}

// "2027-03-31" of yymmdd or yyyymmdd; day 00 is the month's last. Empty: no such day.
std::string date_of(std::string_view digits, int present, bool day_may_be_zero) {
  const bool long_year = digits.size() == 8;
  const int written = number(digits.substr(0, digits.size() - 4));
  const std::chrono::year year(long_year ? written : full_year(written, present));
  const auto month = year / number(digits.substr(digits.size() - 4, 2));
  const int day = number(digits.substr(digits.size() - 2));
  const std::chrono::year_month_day date =
      day == 0 && day_may_be_zero ? month / std::chrono::last : month / day;
  if (!date.ok()) return {};
  std::string text;
  append_date(text, int(year), unsigned(date.month()), unsigned(date.day()));
  return text;
}

const char* wrong(bool right, const char* words) {
  return right ? nullptr : words;
}

// Nothing if it is right. `before`: the value up to and with this part.
const char* fault_of(const Part& part, std::string_view text, int year) {
  constexpr const char* no_date = "not a date";
  switch (part.check) {
    case 'c':
      return wrong(check_digit_right(text), "a wrong check digit");
    case 'd':
      return wrong(!date_of(text, year, true).empty(), no_date);
    case 'D':
    case 'Y':
      return wrong(!date_of(text, year, false).empty(), no_date);
    case 't':
      return wrong(number(text.substr(0, 2)) < 24 && number(text.substr(2)) < 60, "not a time");
    case 'h':
      return wrong(number(text) < 24, "not an hour");
    case 'm':
      return wrong(number(text) < 60, "not a minute or second");
    case 'z':
      return wrong(number(text) == 0, "a digit that must be 0");
    case 'n':
      return wrong(number(text) != 0, "a number that must not be 0");
    case 'w':
      return wrong(text == "0" || text == "1" || text == "9", "not a winding direction");
    case 'b':
      return wrong(text == "0" || text == "1", "neither 0 nor 1");
    case 'p':
      return wrong(
          number(text.substr(0, 2)) > 0 && number(text.substr(0, 2)) <= number(text.substr(2)),
          "not a piece of a total");
    default:
      return nullptr;
  }
}

const char* fault_of_value(std::string_view format, std::string_view value, int year) {
  constexpr const char* length = "not of the length it must have";
  while (!format.empty()) {
    const Part part = next_part(format);
    if (part.optional && value.empty()) return nullptr;
    const std::size_t size = part.variable ? std::min(part.length, value.size()) : part.length;
    if (size == 0 || size > value.size()) return length;
    const std::string_view text = value.substr(0, size);
    if (!std::ranges::all_of(text, [&](char c) { return in_set(c, part.set); })) {
      return "a character that it must not have";
    }
    if (const char* fault = fault_of(part, text, year)) return fault;
    value.remove_prefix(size);
  }
  return value.empty() ? nullptr : length;
}

// 000195 with three decimals is 0.195.
std::string decimal(std::string_view digits, std::size_t decimals) {
  std::string text(digits);
  if (text.size() <= decimals) text.insert(0, decimals + 1 - text.size(), '0');
  const std::size_t whole = text.size() - decimals;
  const std::size_t leading = std::min(text.find_first_not_of('0'), whole - 1);
  if (decimals > 0) text.insert(whole, ".");
  return text.substr(leading);
}

std::string meaning_of(const Identifier& identifier, std::string_view which, std::string_view value,
                       int year) {
  if (identifier.decimals >= 0) {
    const auto decimals = static_cast<std::size_t>(which.back() - '0');
    const bool with_currency = identifier.format.starts_with("N3 ");
    return decimal(value.substr(with_currency ? 3 : 0), decimals);
  }
  if (identifier.format == "N6d" || identifier.format == "N6D" || identifier.format == "N8Y") {
    return date_of(value, year, true);
  }
  if (identifier.format == "N6D N4t") {
    return date_of(value.substr(0, 6), year, false) + "T" + std::string(value.substr(6, 2)) + ":" +
           std::string(value.substr(8));
  }
  return std::string(value);
}

}  // namespace

char check_digit_of(std::string_view digits) {
  int sum = 0, weight = 3;
  for (std::size_t i = digits.size(); i-- > 0; weight = 4 - weight) {
    ASSERT(is_digit(digits[i]));
    sum += weight * (digits[i] - '0');
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

bool check_digit_right(std::string_view digits) {
  return all_digits(digits) && check_digit_of(digits.substr(0, digits.size() - 1)) == digits.back();
}

std::size_t predefined_length(const Identifier& identifier) {
  std::string_view format = identifier.format;
  const std::size_t length = next_part(format).length;
  ASSERT(format.empty());
  return length;
}

Result<Element> element_of(const Identifier& identifier, std::string_view which,
                           std::string_view value, int year) {
  if (const char* fault = fault_of_value(identifier.format, value, year)) {
    return fail("(" + std::string(which) + "): " + fault);
  }
  return Element{.identifier = std::string(which),
                 .name = std::string(identifier.name.empty() ? which : identifier.name),
                 .value = std::string(value),
                 .meaning = meaning_of(identifier, which, value, year)};
}

}  // namespace storeward::gs1
