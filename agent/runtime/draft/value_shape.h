// ValueShape: what the values of one column look like: numbers and how they are written, dates and
// times and by which formats they can be read, marks. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace storeward {

// "12", "-1.234,50", "3,20-", "(4.20)", "€ 5".
bool looks_like_number(std::string_view text);
// By any of the formats that are tried, a time of day with a colon included.
bool looks_like_time(std::string_view text);

struct ValueShape {
  static constexpr std::size_t most_distinct = 40;

  std::size_t filled = 0;
  std::set<std::string> distinct;  // at most most_distinct and one more
  std::string example;             // the first that is filled

  // Numbers: all that is filled.
  bool numbers = false;
  bool whole = false;  // no sign of decimals or thousands in any
  bool any_but_zero = false, negative = false;
  bool comma_decimals = false, point_decimals = false;  // there is a value that proves it
  bool comma_groups = false, point_groups = false;
  bool either = false;  // "1.234": a fraction or a thousand

  // Times: formats by which all that is filled can be read. Several: in turn.
  std::vector<std::string> formats;
  bool has_day = false, has_clock = false;
  bool day_or_month_first = false;       // read with the day first; the other order fits as well
  std::vector<std::string> month_first;  // then: the formats of the other order
  bool has_zone = false;
  bool is_time() const { return has_day || has_clock; }
};

// `named_as_time`: the column's name says so, then digits alone may be a date or a time.
ValueShape shape_of(const std::vector<std::string_view>& values, bool named_as_time);

}  // namespace storeward
