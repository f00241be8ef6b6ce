#include "agent/runtime/draft/value_shape.h"

#include <algorithm>
#include <array>

#include "agent/base/ascii.h"
#include "agent/core/mapping/decimal.h"
#include "agent/core/mapping/time_reading.h"

namespace storeward {
namespace {

using mapping::read_time;
using Values = std::vector<std::string_view>;

// The day first where both orders fit.
constexpr std::array<std::string_view, 17> day_formats = {
    "%Y-%m-%d", "%d.%m.%Y",  "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y",
    "%m/%d/%y", "%Y/%m/%d",  "%d-%m-%Y", "%m-%d-%Y", "%Y.%m.%d", "%d %b %Y",
    "%d-%b-%Y", "%b %d, %Y", "%b %d %Y", "%d-%b-%y", "%Y%m%d"};
constexpr std::array<std::string_view, 8> clock_formats = {
    "%H:%M:%S",   "%H:%M",   "%I:%M:%S %p", "%I:%M %p",
    "%I:%M:%S%p", "%I:%M%p", "%H:%M:%S.%f", "%H.%M.%S"};
constexpr std::array<std::string_view, 3> clock_digits = {"%H%M%S", "%H%M", "%H%M%S%f"};
constexpr std::string_view some_day = "2000-01-01 ", some_day_format = "%Y-%m-%d ";

std::string join(std::string_view a, std::string_view b) {
  return std::string(a).append(b);
}

void add(std::string_view format, std::vector<std::string>& formats) {
  if (std::ranges::find(formats, format) == formats.end()) formats.emplace_back(format);
}

bool reads_clock(std::string_view value, std::string_view format) {
  return read_time(join(some_day, value), join(some_day_format, format)).has_value();
}

// The formats of a day with these, and of a time of day behind it, that all values need; none: they
// do not fit.
std::vector<std::string> formats_by_day(const Values& filled, std::string_view day) {
  std::vector<std::string> formats;
  for (const std::string_view value : filled) {
    bool fits = false;
    if (read_time(value, day)) {
      add(day, formats);
      continue;
    }
    for (const std::string_view between : {" ", "T", ", ", ""}) {
      if (between.empty() && day != "%Y%m%d") continue;
      for (const std::string_view clock : clock_formats) {
        const std::string format = join(join(day, between), clock);
        if (fits = read_time(value, format).has_value(); fits) add(format, formats);
        if (fits) break;
      }
      if (!fits && between.empty()) {
        const std::string packed = join(day, clock_digits[0]);
        if (fits = read_time(value, packed).has_value(); fits) add(packed, formats);
      }
      if (fits) break;
    }
    if (!fits) return {};
  }
  return formats;
}

bool has_clock(const std::vector<std::string>& formats) {
  return std::ranges::any_of(formats, [](const std::string& format) {
    return format.find("%H") != std::string::npos || format.find("%I") != std::string::npos ||
           format.find("%z") != std::string::npos;
  });
}

// ISO 8601 with its "T" and zones, as formats: beside others it must be named.
bool take_iso(const Values& filled, ValueShape& shape) {
  constexpr std::array<std::string_view, 10> iso = {"%Y-%m-%d",
                                                    "%Y-%m-%dT%H:%M:%S%z",
                                                    "%Y-%m-%dT%H:%M:%S.%f%z",
                                                    "%Y-%m-%dT%H:%M:%S",
                                                    "%Y-%m-%dT%H:%M:%S.%f",
                                                    "%Y-%m-%dT%H:%M",
                                                    "%Y-%m-%dT%H:%M%z",
                                                    "%Y-%m-%d %H:%M:%S%z",
                                                    "%Y-%m-%d %H:%M:%S.%f",
                                                    "%Y-%m-%d %H:%M:%S %z"};
  std::vector<std::string> formats;
  for (const std::string_view value : filled) {
    const auto fits = std::ranges::find_if(
        iso, [&](std::string_view format) { return read_time(value, format).has_value(); });
    if (fits == iso.end()) return false;
    add(*fits, formats);
    if (fits->ends_with("%z")) shape.has_zone = true;
  }
  shape.formats = std::move(formats);
  return true;
}

bool take_days(const Values& filled, ValueShape& shape) {
  if (take_iso(filled, shape)) return true;
  for (const std::string_view day : day_formats) {
    std::vector<std::string> formats = formats_by_day(filled, day);
    if (formats.empty()) continue;
    shape.formats = std::move(formats);
    if (!day.starts_with("%d/%m") && !day.starts_with("%d-%m")) return true;
    std::string other(day);
    std::swap(other[1], other[4]);
    shape.month_first = formats_by_day(filled, other);
    // 11/11 is the same day in either order.
    shape.day_or_month_first =
        !shape.month_first.empty() && std::ranges::any_of(filled, [&](std::string_view value) {
          const auto one = formats_by_day({value}, day), two = formats_by_day({value}, other);
          return mapping::date_text(*read_time(value, one.front())) !=
                 mapping::date_text(*read_time(value, two.front()));
        });
    return true;
  }
  return false;
}

bool take_clocks(const Values& filled, bool digits_may_be, ValueShape& shape) {
  std::vector<std::string> formats;
  for (const std::string_view value : filled) {
    const auto fits = [value](std::string_view format) { return reads_clock(value, format); };
    if (const auto at = std::ranges::find_if(clock_formats, fits); at != clock_formats.end()) {
      add(*at, formats);
    } else if (const auto packed = std::ranges::find_if(clock_digits, fits);
               digits_may_be && packed != clock_digits.end()) {
      add(*packed, formats);
    } else {
      return false;
    }
  }
  shape.formats = std::move(formats);
  return true;
}

void take_times(const Values& filled, bool named_as_time, ValueShape& shape) {
  const bool digits = std::ranges::all_of(filled, all_digits);
  if (digits && !named_as_time) return;
  if (take_days(filled, shape)) {
    shape.has_day = true;
    shape.has_clock = has_clock(shape.formats);
  } else if (take_clocks(filled, named_as_time, shape)) {
    shape.has_clock = true;
  } else if (digits && std::ranges::all_of(filled, [](auto v) { return v.size() == 10; })) {
    shape.formats = {"%s"};
  } else if (digits && std::ranges::all_of(filled, [](auto v) { return v.size() == 13; })) {
    shape.formats = {"%L"};
  }
  if (shape.formats.size() == 1 && shape.formats.front().size() == 2) {
    shape.has_day = shape.has_clock = shape.has_zone = true;
  }
}

void look_at_number(std::string_view text, ValueShape& shape) {
  if (text.find('-') != text.npos || text.front() == '(') shape.negative = true;
  if (std::ranges::any_of(text, [](char c) { return c >= '1' && c <= '9'; })) {
    shape.any_but_zero = true;
  }
  while (!text.empty() && !is_digit(text.back())) text.remove_suffix(1);
  const std::size_t digits = text.find_first_of("0123456789.,");
  text.remove_prefix(digits == text.npos ? 0 : digits);
  const std::size_t point = text.rfind('.'), comma = text.rfind(',');
  if (point == text.npos && comma == text.npos) return;
  shape.whole = false;
  if (point != text.npos && comma != text.npos) {
    (point > comma ? shape.point_decimals : shape.comma_decimals) = true;
    (point > comma ? shape.comma_groups : shape.point_groups) = true;
    return;
  }
  const std::size_t sign = point != text.npos ? point : comma;
  const bool is_point = point != text.npos;
  if (std::ranges::count(text, text[sign]) > 1) {
    (is_point ? shape.point_groups : shape.comma_groups) = true;
  } else if (text.size() - sign == 4 && sign >= 1 && sign <= 3 && text.front() != '0') {
    shape.either = true;
  } else {
    (is_point ? shape.point_decimals : shape.comma_decimals) = true;
  }
}

}  // namespace

bool looks_like_number(std::string_view text) {
  return Decimal::parse(text, {.decimal = '.', .group = ','}).has_value() ||
         Decimal::parse(text, {.decimal = ',', .group = '.'}).has_value();
}

bool looks_like_time(std::string_view text) {
  if (all_digits(text)) return false;
  ValueShape shape;
  return take_days({text}, shape) || take_clocks({text}, false, shape);
}

ValueShape shape_of(const std::vector<std::string_view>& values, bool named_as_time) {
  ValueShape shape;
  Values filled;
  for (const std::string_view value : values) {
    if (shape.distinct.size() <= ValueShape::most_distinct) shape.distinct.emplace(value);
    if (!value.empty()) filled.push_back(value);
  }
  shape.filled = filled.size();
  if (filled.empty()) return shape;
  shape.example = filled.front();
  take_times(filled, named_as_time, shape);
  shape.numbers = !shape.is_time() && std::ranges::all_of(filled, looks_like_number);
  if (!shape.numbers) return shape;
  shape.whole = true;
  for (const std::string_view value : filled) look_at_number(value, shape);
  return shape;
}

}  // namespace storeward
