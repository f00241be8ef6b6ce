// Dates and times as sources write them -> RFC 3339 and ISO dates. Pure.
//
// A format is a text as strptime takes it: %Y %y %m %d %H %I %M %S %p (AM/PM) %b (Jan) %j (day of
// the year) %f (fraction of a second, any number of digits) %z (Z, +01:00, +0100, +01) %s (seconds
// since 1970) %L (milliseconds since 1970) %%; a blank stands for any number of them; other
// characters for themselves. Without a format: ISO 8601, extended or basic, with "T" or a blank,
// with or without seconds, fraction and zone; a date may have a zone too (xs:date).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/base/time_zone.h"

namespace storeward::mapping {

struct TimeReading {
  int year = 0;
  unsigned month = 1, day = 1;
  int hour = 0, minute = 0, second = 0;
  std::string fraction;               // digits behind the second, at most 9, as written
  bool has_time = false;              // of the day
  std::optional<int> offset_minutes;  // from UTC, where the text says so
};

// Nothing if the text is not of the format or no real date or time.
std::optional<TimeReading> read_time(std::string_view text, std::string_view format);

std::string date_text(const TimeReading& reading);  // YYYY-MM-DD, as it is written
// Of a time with an offset the day that it was in the zone; else the date as it is written.
std::string date_in_zone(const TimeReading& reading, const TimeZone& zone);

// The moment with the offset that the zone has then, whatever offset it is written with:
// 2026-11-20T10:15:02+01:00. A date without a time is a date.
std::string time_in_zone(const TimeReading& reading, const TimeZone& zone);

// What had to be assumed.
struct TimeRemarks {
  bool zone_assumed = false;  // the text has no zone, the one given was taken
  bool twice = false;         // that hour occurred twice, the first was taken
  bool never = false;         // that hour was skipped
};

// RFC 3339 with offset.
std::string time_text(const TimeReading& reading, const TimeZone& zone, TimeRemarks& remarks);

// The digits of its moment in UTC, to the millisecond: 20261120091502000. They grow with it.
std::string moment_digits(const TimeReading& reading, const TimeZone& zone);

// Whether a format can be read at all: the reason if not.
std::optional<std::string> wrong_time_format(std::string_view format);

}  // namespace storeward::mapping
