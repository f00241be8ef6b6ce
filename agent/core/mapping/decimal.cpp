#include "agent/core/mapping/decimal.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "agent/base/ascii.h"
#include "agent/base/assert.h"

namespace storeward {
namespace {

__extension__ using Int128 = __int128;

constexpr std::int64_t most_digits = 999'999'999'999'999'999;  // 18 nines

constexpr std::array<std::int64_t, 19> powers = [] {
  std::array<std::int64_t, 19> made{};
  std::int64_t power = 1;
  for (auto& entry : made) {
    entry = power;
    if (power < 1'000'000'000'000'000'000) power *= 10;
  }
  return made;
}();

// The sign before, behind or as parentheses; what is left is the number without it.
bool take_sign(std::string_view& text) {
  if (text.size() > 2 && text.front() == '(' && text.back() == ')') {
    text = trimmed(text.substr(1, text.size() - 2));
    return true;
  }
  if (text.empty()) return false;
  if (text.front() == '-' || text.front() == '+') {
    const bool negative = text.front() == '-';
    text = trimmed(text.substr(1));
    return negative;
  }
  if (text.back() == '-' || text.back() == '+') {
    const bool negative = text.back() == '-';
    text = trimmed(text.substr(0, text.size() - 1));
    return negative;
  }
  return false;
}

// The digits of a number as most are written, "-12.50"; none: it is to be looked at closely.
struct PlainNumber {
  std::int64_t digits = 0;
  int scale = 0;
};

std::optional<PlainNumber> read_plain(std::string_view text, char decimal) {
  constexpr std::size_t longest = 18;  // with the point: fewer digits than an int64 has
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > longest) return std::nullopt;
  PlainNumber number;
  std::size_t behind = text.size();  // where the digits behind the point begin
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_digit(text[i])) {
      number.digits = number.digits * 10 + (text[i] - '0');
    } else if (text[i] == decimal && behind == text.size() && i > 0) {
      behind = i + 1;
    } else {
      return std::nullopt;
    }
  }
  number.scale = static_cast<int>(text.size() - behind);
  if (number.scale > Decimal::max_scale) return std::nullopt;
  if (negative) number.digits = -number.digits;
  return number;
}

void take_currency_sign(std::string_view& text, CurrencySign& taken) {
  for (std::size_t i = 1; i < currency_signs.size(); ++i) {
    const std::string_view sign = currency_signs[i];
    const std::size_t before = text.size();
    if (text.starts_with(sign)) text = trimmed(text.substr(sign.size()));
    if (text.ends_with(sign)) text = trimmed(text.substr(0, text.size() - sign.size()));
    if (text.size() < before) taken = static_cast<CurrencySign>(i);
  }
}

CurrencySign first_of(CurrencySign a, CurrencySign b) {
  return a == CurrencySign::none ? b : a;
}

// Thousands stand in threes, in India all but the last in twos. "12.50" read with "." between
// thousands would be a hundredfold, "0.420" a thousandfold.
bool may_precede_group(int digits, int groups, bool zero) {
  if (groups > 0) return digits == 2 || digits == 3;
  return digits <= 3 && !zero;
}

}  // namespace

std::optional<Decimal> Decimal::fitted(Int128 digits, int scale, CurrencySign sign) {
  while (scale > 0 && (scale > max_scale || digits > most_digits || digits < -most_digits) &&
         digits % 10 == 0) {
    digits /= 10;
    --scale;
  }
  if (scale > max_scale || digits > most_digits || digits < -most_digits) return std::nullopt;
  return Decimal(static_cast<std::int64_t>(digits), scale, sign);
}

std::optional<Decimal> Decimal::parse(std::string_view text, NumberFormat format) {
  if (const auto plain = read_plain(text, format.decimal)) {
    return Decimal(plain->digits, plain->scale);
  }
  text = trimmed(text);
  CurrencySign sign = CurrencySign::none;
  take_currency_sign(text, sign);
  const bool negative = take_sign(text);
  take_currency_sign(text, sign);
  Int128 digits = 0;
  int scale = 0, exponent = 0;
  bool any = false, behind = false;
  int in_group = 0, groups = 0;  // digits since the last group sign, and group signs
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_digit(c)) {
      any = true;
      if (!behind) ++in_group;
      if (digits > Int128{most_digits} * 1'000'000'000) return std::nullopt;
      digits = digits * 10 + (c - '0');
      if (behind) ++scale;
    } else if (c == format.decimal && !behind) {
      behind = true;
    } else if (format.group != '\0' && c == format.group && any && !behind) {
      if (!may_precede_group(in_group, groups, digits == 0)) return std::nullopt;
      in_group = 0;
      ++groups;
    } else if ((c == 'e' || c == 'E') && any) {
      const std::string_view power = text.substr(i + (text.substr(i + 1).starts_with('+') ? 2 : 1));
      const auto read = std::from_chars(power.data(), power.data() + power.size(), exponent);
      if (read.ec != std::errc{} || read.ptr != power.data() + power.size()) return std::nullopt;
      break;
    } else {
      return std::nullopt;
    }
  }
  if (groups > 0 && in_group != 3) return std::nullopt;
  if (!any || exponent > 18 || exponent < -18) return std::nullopt;
  scale -= exponent;
  for (; scale < 0; ++scale) {
    if (digits > most_digits) return std::nullopt;
    digits *= 10;
  }
  return fitted(negative ? -digits : digits, scale, sign);
}

bool Decimal::is_to_be_rounded(std::string_view text) {
  constexpr std::size_t always_fits = 11;  // "0." and 9 digits
  if (text.find_first_of("eE") == std::string_view::npos) {
    if (text.size() <= always_fits || text.find('.') == std::string_view::npos) return false;
  }
  return !parse(text) && nearest(text);
}

std::optional<Decimal> Decimal::nearest(std::string_view text) {
  constexpr int most = 18;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t end = std::min(text.find_first_of("eE"), text.size());
  int exponent = 0;
  if (end < text.size()) {
    const std::string_view power =
        text.substr(end + (text.substr(end + 1).starts_with('+') ? 2 : 1));
    const auto read = std::from_chars(power.data(), power.data() + power.size(), exponent);
    if (read.ec != std::errc{} || exponent > 400 || exponent < -400) return std::nullopt;
  }
  std::string digits;  // from the first that is not zero
  int scale = -exponent;
  bool behind = false;
  for (const char c : text.substr(0, end)) {
    if (c == '.') {
      behind = true;
      continue;
    }
    if (!is_digit(c)) return std::nullopt;
    if (c != '0' || !digits.empty()) digits += c;
    if (behind) ++scale;
  }
  const int count = static_cast<int>(digits.size());
  const int dropped = std::max({scale - max_scale, count - most, 0});
  if (count > 0 && dropped > scale) return std::nullopt;
  if (dropped > count || count == 0) return Decimal();
  std::int64_t value = 0;
  for (const char c : digits.substr(0, static_cast<std::size_t>(count - dropped))) {
    value = value * 10 + (c - '0');
  }
  if (dropped > 0 && digits[static_cast<std::size_t>(count - dropped)] >= '5') ++value;
  for (scale -= dropped; scale > 0 && value % 10 == 0; --scale) value /= 10;
  return fitted(negative ? -value : value, scale, CurrencySign::none);
}

std::optional<Decimal> Decimal::shifted(int places) const {
  ASSERT(places >= 0 && places <= max_scale);
  return fitted(digits_, scale_ + places, sign_);
}

std::optional<Decimal> Decimal::sum(const Decimal& a, const Decimal& b) {
  const int scale = std::max(a.scale_, b.scale_);
  return fitted(
      Int128{a.digits_} * powers[scale - a.scale_] + Int128{b.digits_} * powers[scale - b.scale_],
      scale, first_of(a.sign_, b.sign_));
}

std::optional<Decimal> Decimal::product(const Decimal& a, const Decimal& b) {
  return fitted(Int128{a.digits_} * b.digits_, a.scale_ + b.scale_, first_of(a.sign_, b.sign_));
}

int Decimal::compare(const Decimal& a, const Decimal& b) {
  const Int128 left = Int128{a.digits_} * powers[max_scale - a.scale_];
  const Int128 right = Int128{b.digits_} * powers[max_scale - b.scale_];
  return left < right ? -1 : left > right ? 1 : 0;
}

std::optional<std::int64_t> Decimal::scaled(int places, bool& exact) const {
  ASSERT(places >= 0 && places <= max_scale);
  exact = true;
  if (scale_ <= places) {
    const Int128 value = Int128{digits_} * powers[places - scale_];
    if (value > most_digits || value < -most_digits) return std::nullopt;
    return static_cast<std::int64_t>(value);
  }
  const std::int64_t unit = powers[scale_ - places];
  exact = digits_ % unit == 0;
  const std::int64_t half = digits_ < 0 ? -unit / 2 : unit / 2;
  return (digits_ + half) / unit;
}

std::string Decimal::to_text() const {
  std::string text = std::to_string(digits_ < 0 ? -digits_ : digits_);
  if (scale_ > 0) {
    const auto scale = static_cast<std::size_t>(scale_);
    if (text.size() <= scale) text.insert(0, scale + 1 - text.size(), '0');
    text.insert(text.size() - scale, 1, '.');
  }
  return digits_ < 0 ? "-" + text : text;
}

}  // namespace storeward
