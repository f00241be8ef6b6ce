#include "agent/base/clock.h"

#include <ctime>
#include <iterator>

#include "agent/base/padded_number.h"

namespace storeward {

Instant SystemClock::now() const {
  return std::chrono::time_point_cast<Millis>(std::chrono::steady_clock::now());
}

WallTime SystemClock::wall() const {
  return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
}

std::string to_rfc3339(WallTime time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  int year = static_cast<int>(date.year());
  year = year < 0 ? 0 : (year > 9999 ? 9999 : year);
  std::string text;
  text.reserve(std::size("2026-11-20T09:15:02.000Z"));
  append_date(text, year, static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  text.push_back('T');
  append_clock(text, static_cast<int>(clock.hours().count()),
               static_cast<int>(clock.minutes().count()),
               static_cast<int>(clock.seconds().count()));
  text.push_back('.');
  append_padded(text, static_cast<int>(clock.subseconds().count()), 3);
  text.push_back('Z');
  return text;
}

}  // namespace storeward
