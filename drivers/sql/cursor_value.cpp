#include "drivers/sql/cursor_value.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "agent/base/assert.h"

namespace storeward::sql {
namespace {

constexpr std::int64_t second_us = 1'000'000;

// 2026-11-20 09:15:02.120000, with T or a blank, with or without a fraction and a zone.
struct Time {
  std::int64_t us = 0;
  char separator = ' ';
  // Left as they stand: SQL Server's datetime takes no more digits than it gives, and all of a
  // column have the same zone.
  std::string_view fraction, zone;
};

bool digits(std::string_view& text, std::size_t count, int& value) {
  if (text.size() < count) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + count, value);
  if (error != std::errc() || end != text.data() + count) return false;
  text.remove_prefix(count);
  return true;
}

bool one_of(std::string_view& text, std::string_view characters, char* which = nullptr) {
  if (text.empty() || characters.find(text.front()) == std::string_view::npos) return false;
  if (which != nullptr) *which = text.front();
  text.remove_prefix(1);
  return true;
}

bool is_zone(std::string_view text) {
  return text.empty() || text == "Z" ||
         ((text.front() == '+' || text.front() == '-') && text.size() <= 6 &&
          text.substr(1).find_first_not_of("0123456789:") == std::string_view::npos);
}

std::optional<Time> read_time(std::string_view text) {
  Time time;
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!digits(text, 4, year) || !one_of(text, "-") || !digits(text, 2, month) ||
      !one_of(text, "-") || !digits(text, 2, day)) {
    return std::nullopt;
  }
  if (!text.empty()) {
    if (!one_of(text, " T", &time.separator) || !digits(text, 2, hour) || !one_of(text, ":") ||
        !digits(text, 2, minute) || !one_of(text, ":") || !digits(text, 2, second)) {
      return std::nullopt;
    }
  }
  std::int64_t fraction = 0;
  if (const std::string_view behind = text; one_of(text, ".")) {
    std::int64_t unit = second_us / 10;
    for (int digit = 0; digits(text, 1, digit); unit /= 10) fraction += digit * unit;
    time.fraction = behind.substr(0, behind.size() - text.size());
  }
  if (!is_zone(text)) return std::nullopt;
  time.zone = text;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  time.us = (((days * 24 + hour) * 60 + minute) * 60 + second) * second_us + fraction;
  return time;
}

std::string write_time(const Time& time) {
  const std::int64_t day_us = 86'400 * second_us;
  const std::int64_t days = (time.us >= 0 ? time.us : time.us - day_us + 1) / day_us;
  const std::int64_t within = time.us - days * day_us;
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  const auto second = static_cast<int>(within / second_us);
  char text[64];
  const int size = std::snprintf(text, sizeof text, "%04d-%02u-%02u%c%02d:%02d:%02d",
                                 static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                                 static_cast<unsigned>(date.day()), time.separator, second / 3600,
                                 second / 60 % 60, second % 60);
  std::string written(text, static_cast<std::size_t>(size));
  written += time.fraction;  // whole seconds were taken off
  return written += time.zone;
}

std::optional<std::int64_t> read_key(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<std::int64_t> order_of(CursorKind kind, std::string_view text) {
  if (kind == CursorKind::key) return read_key(text);
  const auto time = read_time(text);
  return time ? std::optional(time->us) : std::nullopt;
}

std::string before(CursorKind kind, std::string_view text, std::uint64_t distance) {
  if (kind == CursorKind::key) {
    const auto number = read_key(text);
    ASSERT(number);
    std::int64_t less = 0;
    if (__builtin_sub_overflow(*number, distance, &less)) less = INT64_MIN;
    return std::to_string(less);
  }
  auto time = read_time(text);
  ASSERT(time);
  // A year before 0 has no spelling.
  const std::int64_t least = read_time("0000-01-01")->us;
  time->us = std::max(least, time->us - static_cast<std::int64_t>(distance) * second_us);
  return write_time(*time);
}

std::string literal(CursorKind kind, std::string_view text) {
  ASSERT(order_of(kind, text));  // so there is no quote in it
  return kind == CursorKind::key ? std::string(text) : "'" + std::string(text) + "'";
}

}  // namespace storeward::sql
