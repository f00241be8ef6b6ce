#include "agent/base/time_zone.h"

#include <date/tz.h>

#include <exception>

#include "agent/base/padded_number.h"

namespace storeward {
namespace {

const date::time_zone& zone_of(const void* zone) {
  return *static_cast<const date::time_zone*>(zone);
}

date::local_seconds local_time(int year, unsigned month, unsigned day, int hour, int minute,
                               int second) {
  return date::local_days(date::year(year) / static_cast<int>(month) / static_cast<int>(day)) +
         std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
}

}  // namespace

Result<TimeZone> TimeZone::named(std::string_view name) {
  try {
    return TimeZone(name.empty() ? date::current_zone() : date::locate_zone(std::string(name)));
  } catch (const std::exception&) {
    return fail("time zone \"" + std::string(name) +
                "\" is unknown; use an IANA name such as \"Europe/Berlin\" (package tzdata)");
  }
}

std::string TimeZone::name() const {
  return zone_of(zone_).name();
}

std::string TimeZone::local_date(WallTime time, Millis day_start) const {
  const auto local = zone_of(zone_).to_local(time) - day_start;
  const date::year_month_day day(date::floor<date::days>(local));
  // By hand: a stream, as date::format uses one, costs a tenth of admitting a sale.
  std::string text;
  append_date(text, static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
              static_cast<unsigned>(day.day()));
  return text;
}

WallTime TimeZone::to_instant(int year, unsigned month, unsigned day, int hour, int minute,
                              int second) const {
  return zone_of(zone_).to_sys(local_time(year, month, day, hour, minute, second),
                               date::choose::earliest);
}

TimeZone::LocalOffset TimeZone::local_offset(int year, unsigned month, unsigned day, int hour,
                                             int minute, int second) const {
  const date::local_info info =
      zone_of(zone_).get_info(local_time(year, month, day, hour, minute, second));
  return {.from_utc = info.first.offset,
          .twice = info.result == date::local_info::ambiguous,
          .never = info.result == date::local_info::nonexistent};
}

std::string TimeZone::to_local_rfc3339(WallTime time) const {
  const auto seconds = date::floor<std::chrono::seconds>(time);
  return date::format("%FT%T%Ez", date::make_zoned(&zone_of(zone_), seconds));
}

}  // namespace storeward
