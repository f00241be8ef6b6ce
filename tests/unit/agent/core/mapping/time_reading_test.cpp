#include "agent/core/mapping/time_reading.h"

#include <catch2/catch.hpp>

using namespace storeward;
using namespace storeward::mapping;

namespace {

const TimeZone& berlin() {
  static const TimeZone zone = TimeZone::named("Europe/Berlin").value();
  return zone;
}

std::string date(std::string_view text, std::string_view format = {}) {
  const auto reading = read_time(text, format);
  return reading ? date_in_zone(*reading, berlin()) : "none";
}

std::string read(std::string_view text, std::string_view format = {}, TimeRemarks* said = nullptr) {
  const auto reading = read_time(text, format);
  if (!reading) return "none";
  TimeRemarks remarks;
  std::string made = time_text(*reading, berlin(), remarks);
  if (said != nullptr) *said = remarks;
  return made;
}

}  // namespace

TEST_CASE("times are read as sources write them", "[mapping]") {
  CHECK(read("2026-11-20T09:15:02.120Z") == "2026-11-20T09:15:02.120Z");
  CHECK(read("2026-11-20T09:15:02.1234567+01:00") == "2026-11-20T09:15:02.1234567+01:00");
  CHECK(read("2026-11-20T09:15:02-0330") == "2026-11-20T09:15:02-03:30");
  CHECK(read("2026-11-20 09:15") == "2026-11-20T09:15:00+01:00");
  CHECK(read("20261120T091502Z") == "2026-11-20T09:15:02Z");
  CHECK(read("2026-07-01") == "2026-07-01T00:00:00+02:00");
  CHECK(read("20.11.2026 9:15", "%d.%m.%Y %H:%M") == "2026-11-20T09:15:00+01:00");
  CHECK(read("11/20/26 3:05:09 PM", "%m/%d/%y %I:%M:%S %p") == "2026-11-20T15:05:09+01:00");
  CHECK(read("12:30 AM 01 Nov 2026", "%I:%M %p %d %b %Y") == "2026-11-01T00:30:00+01:00");
  CHECK(read("1763630102", "%s") == "2025-11-20T09:15:02Z");
  CHECK(read("1763630102120", "%L") == "2025-11-20T09:15:02.120Z");
  CHECK(read("2026324", "%Y%j") == "2026-11-20T00:00:00+01:00");
}

TEST_CASE("a date with a zone is the date as it is written", "[mapping]") {
  TimeRemarks remarks;
  CHECK(read("2026-11-20+01:00", {}, &remarks) == "2026-11-20T00:00:00+01:00");
  CHECK(!remarks.zone_assumed);
  CHECK(read("2026-11-20Z") == "2026-11-20T00:00:00Z");
  CHECK(read("2026-11-20-05:00") == "2026-11-20T00:00:00-05:00");
  CHECK(date("2026-11-20Z") == "2026-11-20");
  CHECK(date("2026-11-20-14:00") == "2026-11-20");
  CHECK(read("2026-11-20+") == "none");
  CHECK(read("2026-11-20+01:00T10:00") == "none");
}

TEST_CASE("the digits of a moment grow with it, whatever the clocks do", "[mapping]") {
  const auto digits = [](std::string_view text) {
    return moment_digits(*read_time(text, {}), berlin());
  };
  CHECK(digits("2026-10-25T02:50:00+02:00") == "20261025005000000");
  CHECK(digits("2026-10-25T02:10:00+01:00") == "20261025011000000");
  CHECK(digits("2026-12-31T23:30:15.1239-05:00") == "20270101043015123");
  CHECK(digits("2026-11-20T00:15:02.1") == "20261119231502100");
}

TEST_CASE("the day of a time with an offset is the one it was in the shop", "[mapping]") {
  CHECK(date("2026-11-19T23:00:00Z") == "2026-11-20");
  CHECK(date("2026-11-19T22:59:59Z") == "2026-11-19");
  CHECK(date("2026-07-01T22:00:00Z") == "2026-07-02");  // summer time
  CHECK(date("2026-11-21T03:30:00+09:00") == "2026-11-20");
  CHECK(date("1795129200", "%s") == "2026-11-20");
  CHECK(date("2026-12-31T23:30:00-05:00") == "2027-01-01");
  CHECK(date("2026-11-19T23:30:00") == "2026-11-19");
  CHECK(date("20261119") == "2026-11-19");
}

TEST_CASE("what is no time is none", "[mapping]") {
  for (const auto* text : {"", "2026-13-01", "2026-02-29", "2026-11-20T25:00",
                           "2026-11-20T09:15:02 x", "20/11/2026", "yesterday", "2026-11-20T09"}) {
    CHECK(read(text) == "none");
  }
  CHECK(read("31.04.2026", "%d.%m.%Y") == "none");
  CHECK(wrong_time_format("%Y-%Q"));
  CHECK(!wrong_time_format("%Y-%m-%d"));
}

TEST_CASE("in the night of the change it is said what was assumed", "[mapping]") {
  TimeRemarks remarks;
  CHECK(read("2026-10-25T02:30:00", {}, &remarks) == "2026-10-25T02:30:00+02:00");
  CHECK(remarks.twice);
  CHECK(read("2026-03-29T02:30:00", {}, &remarks) == "2026-03-29T02:30:00+01:00");
  CHECK(remarks.never);
  CHECK(remarks.zone_assumed);
  CHECK(read("2026-10-25T02:30:00+01:00", {}, &remarks) == "2026-10-25T02:30:00+01:00");
  CHECK(!remarks.zone_assumed);
}
