#include "drivers/formats/edi/period.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>

#include "agent/base/ascii.h"
#include "agent/base/padded_number.h"
#include "agent/core/mapping/time_reading.h"

namespace storeward {
namespace {

using mapping::TimeReading;

// What one text of a form stands for.
enum class Span : std::uint8_t { moment, day, week, month, year };

// Of element 2379, directories D.93A to D.01B. `format` as read_time() takes it; of a week it is
// that of the year, the week's two digits stand behind it.
struct Form {
  std::string_view code, format;
  Span span;
  bool two_ends = false;  // the first and the last, glued; some part them with a hyphen
};

constexpr Form forms[] = {
    {"2", "%d%m%y", Span::day},
    {"3", "%m%d%y", Span::day},
    {"4", "%d%m%Y", Span::day},
    {"5", "%d%m%Y%H%M", Span::moment},
    {"101", "%y%m%d", Span::day},
    {"102", "%Y%m%d", Span::day},
    {"105", "%y%j", Span::day},
    {"201", "%y%m%d%H%M", Span::moment},
    {"202", "%y%m%d%H%M%S", Span::moment},
    {"203", "%Y%m%d%H%M", Span::moment},
    {"204", "%Y%m%d%H%M%S", Span::moment},
    {"205", "%Y%m%d%H%M%z", Span::moment},
    {"303", "%Y%m%d%H%M%z", Span::moment},
    {"304", "%Y%m%d%H%M%S%z", Span::moment},
    {"602", "%Y", Span::year},
    {"609", "%y%m", Span::month},
    {"610", "%Y%m", Span::month},
    {"615", "%y", Span::week},
    {"616", "%Y", Span::week},
    {"713", "%y%m%d%H%M", Span::moment, true},
    {"715", "%y", Span::week, true},
    {"716", "%Y", Span::week, true},
    {"717", "%y%m%d", Span::day, true},
    {"718", "%Y%m%d", Span::day, true},
    {"719", "%Y%m%d%H%M", Span::moment, true},
};

// The Monday of a week as ISO 8601 counts them: the first is the one with 4 January.
std::optional<std::chrono::sys_days> monday_of(int year, std::string_view week) {
  using namespace std::chrono;
  const int number = (week[0] - '0') * 10 + (week[1] - '0');
  const sys_days fourth = std::chrono::year(year) / January / 4;
  const sys_days monday = fourth - (weekday(fourth) - Monday) + weeks(number - 1);
  const bool of_year = year_month_day(monday + days(3)).year() == std::chrono::year(year);
  return of_year ? std::optional(monday) : std::nullopt;
}

std::string text_of(const std::chrono::year_month_day& date) {
  std::string text;
  append_padded(text, static_cast<int>(date.year()), 4);
  append_padded(text, static_cast<int>(static_cast<unsigned>(date.month())), 2);
  append_padded(text, static_cast<int>(static_cast<unsigned>(date.day())), 2);
  return text;
}

std::string text_of(const TimeReading& reading, Span span, bool seconds) {
  std::string text =
      text_of(std::chrono::year(reading.year) / static_cast<int>(reading.month) / reading.day);
  if (span != Span::moment) return text;
  append_padded(text, reading.hour, 2);
  append_padded(text, reading.minute, 2);
  if (seconds) append_padded(text, reading.second, 2);
  if (!reading.offset_minutes) return text;
  const int offset = *reading.offset_minutes;
  text.push_back(offset < 0 ? '-' : '+');
  append_padded(text, std::abs(offset) / 60, 2);
  append_padded(text, std::abs(offset) % 60, 2);
  return text;
}

// Zones are three letters by the standard; those of one country are not told from another's.
std::string with_offset(std::string_view text, std::string_view format) {
  if (!format.ends_with("%z")) return std::string(text);
  for (const std::string_view utc : {"UTC", "GMT"}) {
    if (text.ends_with(utc)) return std::string(text.substr(0, text.size() - utc.size())) + "Z";
  }
  return std::string(text);
}

std::optional<EdiPeriod> week_at(const Form& form, std::string_view text) {
  constexpr std::size_t digits = 2;
  if (text.size() < digits || !all_digits(text)) return std::nullopt;
  const std::size_t at = text.size() - digits;
  const auto year = mapping::read_time(text.substr(0, at), form.format);
  const auto monday = year ? monday_of(year->year, text.substr(at)) : std::nullopt;
  if (!monday) return std::nullopt;
  return EdiPeriod{text_of(*monday), text_of(*monday + std::chrono::days(6))};
}

std::optional<EdiPeriod> one_end(const Form& form, std::string_view text) {
  if (form.span == Span::week) return week_at(form, text);
  const auto read = mapping::read_time(with_offset(text, form.format), form.format);
  if (!read) return std::nullopt;
  EdiPeriod period;
  period.from = text_of(*read, form.span, form.format.find("%S") != std::string_view::npos);
  const std::chrono::year year(read->year);
  const auto last = form.span == Span::year
                        ? year / std::chrono::December / std::chrono::last
                        : year / static_cast<int>(read->month) / std::chrono::last;
  if (form.span == Span::month || form.span == Span::year) period.to = text_of(last);
  return period;
}

std::optional<EdiPeriod> read_by(const Form& form, std::string_view text) {
  if (!form.two_ends) return one_end(form, text);
  const std::size_t half = text.size() / 2;
  const bool parted = text.size() % 2 == 1 && text[half] == '-';
  if (text.size() % 2 == 1 && !parted) return std::nullopt;
  const auto first = one_end(form, text.substr(0, half));
  const auto second = one_end(form, text.substr(half + (parted ? 1 : 0)));
  if (!first || !second) return std::nullopt;
  return EdiPeriod{first->from, second->to.empty() ? second->from : second->to};
}

}  // namespace

EdiPeriod edi_period(std::string_view text, std::string_view form) {
  if (form.empty()) return {std::string(text), {}};
  const auto* const known = std::ranges::find(forms, form, &Form::code);
  if (known == std::end(forms)) {
    return {std::string(text) + " (form " + std::string(form) + " of element 2379)", {}};
  }
  return read_by(*known, text).value_or(EdiPeriod{std::string(text), {}});
}

}  // namespace storeward
