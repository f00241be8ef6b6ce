#include "agent/core/mapping/time_reading.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>

#include "agent/base/ascii.h"
#include "agent/base/padded_number.h"

namespace storeward::mapping {
namespace {

constexpr std::array<std::string_view, 12> months = {"jan", "feb", "mar", "apr", "may", "jun",
                                                     "jul", "aug", "sep", "oct", "nov", "dec"};

std::chrono::year_month_day date_of(const TimeReading& reading) {
  return std::chrono::year(reading.year) / static_cast<int>(reading.month) / reading.day;
}

void set_date(TimeReading& to, std::chrono::sys_days day) {
  const std::chrono::year_month_day date(day);
  to.year = int(date.year());
  to.month = unsigned(date.month());
  to.day = unsigned(date.day());
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<TimeReading> by(std::string_view format) {
    for (std::size_t i = 0; i < format.size(); ++i) {
      if (format[i] == ' ') {
        while (at_ < text_.size() && text_[at_] == ' ') ++at_;
      } else if (format[i] != '%') {
        if (!take(format[i])) return std::nullopt;
      } else if (++i == format.size() || !field(format[i])) {
        return std::nullopt;
      }
    }
    return at_ == text_.size() ? checked() : std::nullopt;
  }

  std::optional<TimeReading> iso() {
    const bool basic = text_.size() >= 8 && is_digit(text_[4]);
    if (!field('Y') || (!basic && !take('-')) || !field('m') || (!basic && !take('-')) ||
        !field('d')) {
      return std::nullopt;
    }
    if (at_ == text_.size()) return checked();
    if (!take('T') && !take('t') && !take(' ')) {
      return field('z') && at_ == text_.size() ? checked() : std::nullopt;  // xs:date
    }
    if (!field('H')) return std::nullopt;
    const bool packed = at_ < text_.size() && is_digit(text_[at_]);
    if ((!packed && !take(':')) || !field('M')) return std::nullopt;
    if (packed ? at_ < text_.size() && is_digit(text_[at_]) : take(':')) {
      if (!field('S')) return std::nullopt;
      if ((take('.') || take(',')) && !field('f')) return std::nullopt;
    }
    while (take(' ')) {
    }
    if (at_ < text_.size() && !field('z')) return std::nullopt;
    return at_ == text_.size() ? checked() : std::nullopt;
  }

 private:
  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::optional<std::int64_t> digits(std::size_t least, std::size_t most) {
    std::int64_t value = 0;
    std::size_t count = 0;
    while (count < most && at_ < text_.size() && is_digit(text_[at_])) {
      value = value * 10 + (text_[at_++] - '0');
      ++count;
    }
    if (count < least) return std::nullopt;
    return value;
  }

  template <typename Field>
  bool number(Field& field, std::size_t least, std::size_t most) {
    const auto value = digits(least, most);
    if (value) field = static_cast<Field>(*value);
    return value.has_value();
  }

  bool field(char what) {
    switch (what) {
      case 'Y':
        return number(read_.year, 4, 4);
      case 'y':
        if (!number(read_.year, 2, 2)) return false;
        read_.year += read_.year < 70 ? 2000 : 1900;
        return true;
      case 'm':
        return number(read_.month, 1, 2);
      case 'b':
        return month_name();
      case 'd':
        return number(read_.day, 1, 2);
      case 'j':
        return day_of_year();
      case 'H':
      case 'I':
        read_.has_time = true;
        return number(read_.hour, 1, 2);
      case 'M':
        return number(read_.minute, 2, 2);
      case 'S':
        return number(read_.second, 2, 2);
      case 'f':
        return fraction();
      case 'p':
        return half_of_day();
      case 'z':
        return zone();
      case 's':
        return since_1970(1);
      case 'L':
        return since_1970(1000);
      case '%':
        return take('%');
      default:
        return false;
    }
  }

  bool month_name() {
    if (text_.size() - at_ < 3) return false;
    for (std::size_t i = 0; i < months.size(); ++i) {
      const bool same = to_lower(text_[at_]) == months[i][0] &&
                        to_lower(text_[at_ + 1]) == months[i][1] &&
                        to_lower(text_[at_ + 2]) == months[i][2];
      if (!same) continue;
      at_ += 3;
      read_.month = static_cast<unsigned>(i + 1);
      return true;
    }
    return false;
  }

  bool day_of_year() {
    const std::chrono::year year(read_.year);
    const auto day = digits(3, 3);
    if (!day || *day == 0 || *day > (year.is_leap() ? 366 : 365)) return false;
    set_date(read_, std::chrono::sys_days(year / 1 / 1) + std::chrono::days(*day - 1));
    return true;
  }

  bool fraction() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    read_.fraction = text_.substr(begin, std::min<std::size_t>(at_ - begin, 9));
    return at_ > begin;
  }

  bool half_of_day() {
    if (text_.size() - at_ < 2 || to_lower(text_[at_ + 1]) != 'm') return false;
    const char half = to_lower(text_[at_]);
    if ((half != 'a' && half != 'p') || read_.hour > 12) return false;
    read_.hour = read_.hour % 12 + (half == 'p' ? 12 : 0);
    at_ += 2;
    return true;
  }

  bool zone() {
    if (take('Z') || take('z')) {
      read_.offset_minutes = 0;
      return true;
    }
    const bool west = at_ < text_.size() && text_[at_] == '-';
    if (!west && !(at_ < text_.size() && text_[at_] == '+')) return false;
    ++at_;
    const auto hours = digits(2, 2);
    if (!hours || *hours > 14) return false;
    take(':');
    const auto minutes = digits(0, 2);
    if (!minutes || *minutes > 59) return false;
    const int offset = static_cast<int>(*hours * 60 + *minutes);
    read_.offset_minutes = west ? -offset : offset;
    return true;
  }

  bool since_1970(std::int64_t per_second) {
    const auto value = digits(1, 15);
    if (!value) return false;
    constexpr auto year_10000 = std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1);
    const std::int64_t seconds = *value / per_second;
    const std::chrono::sys_days day{std::chrono::days(seconds / 86400)};
    if (day >= year_10000) return false;
    set_date(read_, day);
    read_.hour = static_cast<int>(seconds % 86400 / 3600);
    read_.minute = static_cast<int>(seconds % 3600 / 60);
    read_.second = static_cast<int>(seconds % 60);
    if (per_second == 1000) {
      read_.fraction.clear();
      append_padded(read_.fraction, static_cast<int>(*value % 1000), 3);
    }
    read_.has_time = true;
    read_.offset_minutes = 0;
    return true;
  }

  std::optional<TimeReading> checked() const {
    if (read_.year < 1 || read_.year > 9999 || !date_of(read_).ok() || read_.hour > 23 ||
        read_.minute > 59 || read_.second > 60) {
      return std::nullopt;
    }
    return read_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  TimeReading read_;
};

std::chrono::sys_time<std::chrono::minutes> minute_in_utc(const TimeReading& reading, int offset) {
  return std::chrono::sys_days(date_of(reading)) +
         std::chrono::minutes(reading.hour * 60 + reading.minute - offset);
}

// In minutes from UTC.
int offset_of(const TimeReading& reading, const TimeZone& zone, TimeRemarks& remarks) {
  if (reading.offset_minutes) return *reading.offset_minutes;
  const TimeZone::LocalOffset local = zone.local_offset(
      reading.year, reading.month, reading.day, reading.hour, reading.minute, reading.second);
  remarks = {.zone_assumed = true, .twice = local.twice, .never = local.never};
  return static_cast<int>(local.from_utc.count() / 60);
}

}  // namespace

std::optional<TimeReading> read_time(std::string_view text, std::string_view format) {
  return format.empty() ? Reader(text).iso() : Reader(text).by(format);
}

std::string date_text(const TimeReading& reading) {
  std::string text;
  append_date(text, reading.year, reading.month, reading.day);
  return text;
}

std::string date_in_zone(const TimeReading& reading, const TimeZone& zone) {
  if (!reading.has_time || !reading.offset_minutes) return date_text(reading);
  return zone.local_date(minute_in_utc(reading, *reading.offset_minutes));
}

std::string time_in_zone(const TimeReading& reading, const TimeZone& zone) {
  constexpr std::size_t to_the_second = std::size("2026-11-20T09:15:02") - 1;
  if (!reading.has_time) return date_text(reading);
  TimeRemarks remarks;
  std::string text =
      zone.to_local_rfc3339(minute_in_utc(reading, offset_of(reading, zone, remarks)) +
                            std::chrono::seconds(reading.second));
  if (!reading.fraction.empty()) text.insert(to_the_second, "." + reading.fraction);
  return text;
}

std::string moment_digits(const TimeReading& reading, const TimeZone& zone) {
  constexpr std::size_t to_the_millisecond = std::size("20261120091502000") - 1;
  TimeRemarks remarks;
  const auto minute = minute_in_utc(reading, offset_of(reading, zone, remarks));
  const auto day = std::chrono::floor<std::chrono::days>(minute);
  const auto of_day = static_cast<int>((minute - day).count());
  TimeReading utc;
  set_date(utc, day);
  std::string digits;
  append_date(digits, utc.year, utc.month, utc.day);
  append_clock(digits, of_day / 60, of_day % 60, reading.second);
  std::erase_if(digits, [](char c) { return !is_digit(c); });
  digits += reading.fraction;
  digits.resize(to_the_millisecond, '0');
  return digits;
}

std::string time_text(const TimeReading& reading, const TimeZone& zone, TimeRemarks& remarks) {
  constexpr std::size_t longest_text = std::size("2026-11-20T09:15:02.123456789+01:00");
  const int offset = offset_of(reading, zone, remarks);
  std::string text;
  text.reserve(longest_text);
  append_date(text, reading.year, reading.month, reading.day);
  text.push_back('T');
  append_clock(text, reading.hour, reading.minute, reading.second);
  if (!reading.fraction.empty()) text.append(1, '.').append(reading.fraction);
  if (offset == 0) return text.append(1, 'Z');
  text.push_back(offset < 0 ? '-' : '+');
  append_padded(text, std::abs(offset) / 60, 2);
  text.push_back(':');
  append_padded(text, std::abs(offset) % 60, 2);
  return text;
}

std::optional<std::string> wrong_time_format(std::string_view format) {
  constexpr std::string_view known = "YymbdjHIMSfpzsL%";
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    if (++i == format.size()) return "\"%\" at the end of the format";
    if (known.find(format[i]) == std::string_view::npos) {
      return "%" + std::string(1, format[i]) + " is not known in a time format";
    }
  }
  return std::nullopt;
}

}  // namespace storeward::mapping
