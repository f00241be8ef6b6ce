#include "agent/core/epcis_values.h"

#include <algorithm>
#include <chrono>
#include <span>

#include "agent/base/ascii.h"
#include "agent/base/clock.h"
#include "agent/core/mapping/time_reading.h"

namespace storeward::epcis {
namespace {

constexpr std::string_view web = "https://ref.gs1.org/cbv/";

struct Words {
  std::string_view web_name, urn;
  std::span<const std::string_view> known;  // empty: any
};

// CBV 2.0 sections 7.3 and 7.4.
constexpr std::string_view transaction_types[] = {
    "bol",       "cert",   "desadv", "inv",     "pedigree", "po",   "poc",
    "prodorder", "recadv", "rma",    "testprd", "testres",  "upevt"};
constexpr std::string_view party_types[] = {"location", "owning_party", "possessing_party"};

Words words_of(Vocabulary vocabulary) {
  switch (vocabulary) {
    case Vocabulary::biz_step:
      return {"BizStep-", "urn:epcglobal:cbv:bizstep:", {}};
    case Vocabulary::disposition:
      return {"Disp-", "urn:epcglobal:cbv:disp:", {}};
    case Vocabulary::transaction_type:
      return {"BTT-", "urn:epcglobal:cbv:btt:", transaction_types};
    case Vocabulary::party_type:
      break;
  }
  return {"SDT-", "urn:epcglobal:cbv:sdt:", party_types};
}

bool is_word(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

// "-12.50" without its sign, if it is a number at all: digits, perhaps a point among them, perhaps
// an exponent.
struct Number {
  bool plain = false;  // as JSON and the standard write it, but for zeros behind
  bool any = false;
};

Number number_in(std::string_view text) {
  if (text.empty()) return {};
  const bool plus = text.front() == '+', minus = text.front() == '-';
  if (plus || minus) text.remove_prefix(1);
  const auto take_digits = [&text] {
    const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::string_view digits = text.substr(0, end);
    text.remove_prefix(end);
    return digits;
  };
  const std::string_view whole = take_digits();
  const bool point = text.starts_with('.');
  if (point) text.remove_prefix(1);
  const std::string_view behind = point ? take_digits() : std::string_view();
  if (whole.empty() && behind.empty()) return {};
  bool exponent = false;
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    exponent = !take_digits().empty();
    if (!exponent) return {};
  }
  if (!text.empty()) return {};
  const bool zero_in_front = whole.size() > 1 && whole.starts_with('0');
  const bool is_zero = whole.find_first_not_of('0') == std::string_view::npos &&
                       behind.find_first_not_of('0') == std::string_view::npos;
  const bool complete = !whole.empty() && point == !behind.empty();
  return {.plain = complete && !plus && !exponent && !zero_in_front && !(minus && is_zero),
          .any = true};
}

}  // namespace

Result<std::string> vocabulary_uri(Vocabulary vocabulary, std::string_view text) {
  const Words words = words_of(vocabulary);
  const std::string begins = std::string(web).append(words.web_name);
  constexpr std::string_view curie = "cbv:";
  if (text.starts_with(words.urn)) {
    text.remove_prefix(words.urn.size());
  } else if (text.starts_with(begins)) {
    text.remove_prefix(begins.size());
  } else if (text.starts_with(curie) && text.substr(curie.size()).starts_with(words.web_name)) {
    text.remove_prefix(curie.size() + words.web_name.size());
  } else if (text.find(':') != std::string_view::npos) {
    if (text.starts_with(curie)) return fail("a word that CBV does not have");
    return std::string(text);
  }
  const bool known =
      words.known.empty() || std::ranges::find(words.known, text) != words.known.end();
  if (!is_word(text) || !known) return fail("a word that CBV does not have");
  return begins + std::string(text);
}

Result<std::string> utc_milliseconds(std::string_view text) {
  const auto reading = mapping::read_time(text, "");
  if (!reading || !reading->has_time || !reading->offset_minutes || reading->second > 59) {
    return fail("no date and time with its zone");
  }
  using namespace std::chrono;
  std::string fraction = reading->fraction;
  fraction.resize(9, '0');
  std::int64_t nanoseconds = 0;
  for (const char c : fraction) nanoseconds = nanoseconds * 10 + (c - '0');
  const auto day =
      sys_days(year(reading->year) / month(reading->month) / std::chrono::day(reading->day));
  const auto at = day + hours(reading->hour) + minutes(reading->minute) + seconds(reading->second) -
                  minutes(*reading->offset_minutes) +
                  milliseconds((nanoseconds + 500'000) / 1'000'000);
  const int years = int(year_month_day(floor<days>(at)).year());
  if (years < 1 || years > 9999) return fail("a year that is not of four digits");
  return to_rfc3339(WallTime(at));
}

Result<std::string> trimmed_number(std::string_view text) {
  const Number number = number_in(text);
  if (!number.any) return std::string(text);
  if (!number.plain) return fail("a number with a plus, a zero in front or an exponent");
  if (text.find('.') == std::string_view::npos) return std::string(text);
  text = text.substr(0, text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.remove_suffix(1);
  return std::string(text);
}

bool is_other_time(std::string_view text) {
  constexpr std::string_view begins = "0000-00-00T", form = "0000-00-00T00:00:00.000Z";
  const auto fits = [text](std::string_view shape) {
    return text.size() >= shape.size() &&
           std::ranges::equal(shape, text.substr(0, shape.size()),
                              [](char due, char c) { return due == '0' ? is_digit(c) : due == c; });
  };
  return fits(begins) && !(text.size() == form.size() && fits(form));
}

}  // namespace storeward::epcis
