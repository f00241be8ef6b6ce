#include "agent/core/value_rules.h"

#include <algorithm>

#include "agent/base/ascii.h"

namespace storeward {
namespace {

int number_at(std::string_view text, std::size_t at, std::size_t width) {
  int value = 0;
  for (const char c : text.substr(at, width)) {
    if (!is_digit(c)) return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

// "+01:00", "-05:30", "Z" -> minutes east of UTC.
std::optional<int> parse_offset(std::string_view text) {
  if (text == "Z") return 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const int hours = number_at(text, 1, 2);
  const int minutes = number_at(text, 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  return (text[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

}  // namespace

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const int year = number_at(text, 0, 4);
  const int month = number_at(text, 5, 2);
  const int day = number_at(text, 8, 2);
  if (year < 0 || month < 0 || day < 0) return false;
  return std::chrono::year_month_day(std::chrono::year(year),
                                     std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
      .ok();
}

std::optional<WallTime> parse_time(std::string_view text) {
  if (text.size() < 20 || !is_date(text.substr(0, 10)) || text[10] != 'T') return std::nullopt;
  if (text[13] != ':' || text[16] != ':') return std::nullopt;
  const int hour = number_at(text, 11, 2);
  const int minute = number_at(text, 14, 2);
  const int second = number_at(text, 17, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) {
    return std::nullopt;
  }
  std::size_t end = 19;
  int millis = 0;
  if (text[end] == '.') {
    const std::size_t digits = text.find_first_not_of("0123456789", end + 1) - (end + 1);
    if (digits < 1 || digits > 9) return std::nullopt;
    for (std::size_t i = 0; i < 3; ++i) {
      millis = millis * 10 + (i < digits ? text[end + 1 + i] - '0' : 0);
    }
    end += 1 + digits;
  }
  const std::optional<int> offset = parse_offset(text.substr(end));
  if (!offset) return std::nullopt;
  const std::chrono::sys_days day =
      std::chrono::year_month_day(std::chrono::year(number_at(text, 0, 4)),
                                  std::chrono::month(static_cast<unsigned>(number_at(text, 5, 2))),
                                  std::chrono::day(static_cast<unsigned>(number_at(text, 8, 2))));
  return WallTime(day) + std::chrono::hours(hour) + std::chrono::minutes(minute - *offset) +
         std::chrono::seconds(second) + Millis(millis);
}

bool is_unsigned_decimal(std::string_view text) {
  const std::size_t point = text.find('.');
  if (!all_digits(text.substr(0, point)) || text.substr(0, point).size() > 18) return false;
  if (point == std::string_view::npos) return true;
  const std::string_view fraction = text.substr(point + 1);
  return all_digits(fraction) && fraction.size() <= 9;
}

bool is_decimal(std::string_view text) {
  return is_unsigned_decimal(text.starts_with('-') ? text.substr(1) : text);
}

bool is_positive_decimal(std::string_view text) {
  return is_unsigned_decimal(text) && text.find_first_of("123456789") != std::string_view::npos;
}

bool is_currency(std::string_view text) {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_unit(std::string_view text) {
  return !text.empty() && text.size() <= 3 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'A' && c <= 'Z');
  });
}

bool is_gtin(std::string_view text) {
  const std::size_t n = text.size();
  return (n == 8 || (n >= 12 && n <= 14)) && all_digits(text);
}

bool is_hex_sha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'f');
         });
}

bool is_last4(std::string_view text) {
  return text.size() == 4 && all_digits(text);
}

bool is_revision(std::string_view text) {
  return all_digits(text) && text.size() <= 18 && text.front() != '0';
}

bool is_name_character(char c) {
  return is_digit(c) || is_letter(c) || c == '.' || c == '_' || c == '~' || c == '-';
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, is_name_character);
}

}  // namespace storeward
