// A site's time zone, by Howard Hinnant's date library and the system's tz database.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/result.h"

namespace storeward {

class TimeZone {
 public:
  // IANA name such as "Europe/Berlin"; empty: the machine's own zone.
  static Result<TimeZone> named(std::string_view name);

  std::string name() const;

  // The local date YYYY-MM-DD of an instant, counted from `day_start` after local midnight.
  std::string local_date(WallTime time, Millis day_start = Millis{0}) const;

  // Local wall-clock time -> instant. An hour that occurs twice: the first; one that is skipped:
  // the instant of the change.
  WallTime to_instant(int year, unsigned month, unsigned day, int hour, int minute,
                      int second) const;

  // What the clock on the wall meant.
  struct LocalOffset {
    std::chrono::seconds from_utc{0};  // of the first meaning
    bool twice = false;                // the hour occurs twice
    bool never = false;                // the hour is skipped; from_utc is the one before the change
  };
  LocalOffset local_offset(int year, unsigned month, unsigned day, int hour, int minute,
                           int second) const;

  // RFC 3339 with this zone's offset, seconds precision: 2026-11-20T10:15:02+01:00.
  std::string to_local_rfc3339(WallTime time) const;

 private:
  explicit TimeZone(const void* zone) : zone_(zone) {}
  const void* zone_;  // date::time_zone, owned by the library for the life of the process
};

}  // namespace storeward
