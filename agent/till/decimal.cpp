#include "agent/till/decimal.h"

#include <limits>

namespace storeward::till {
namespace {

__extension__ using Wide = __int128;

constexpr int max_digits = 15;
constexpr int max_scale = 9;
constexpr int minor_scale = 2;

Wide power_of_ten(int exponent) {
  Wide power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

Unexpected<Error> not_a_number(std::string_view text) {
  return fail("\"" + std::string(text.substr(0, 40)) +
              "\" is not a plain decimal number of at most 15 digits, 9 after the point");
}

}  // namespace

Result<Decimal> parse_decimal(std::string_view text) {
  std::string_view rest = text;
  const bool negative = !rest.empty() && rest.front() == '-';
  if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) rest.remove_prefix(1);

  const auto point = rest.find('.');
  const std::string_view whole = rest.substr(0, point);
  std::string_view fraction = point == std::string_view::npos ? "" : rest.substr(point + 1);
  if (whole.empty() || (point != std::string_view::npos && fraction.empty())) {
    return not_a_number(text);
  }
  if (rest.find_first_not_of("0123456789.") != std::string_view::npos ||
      fraction.find('.') != std::string_view::npos) {
    return not_a_number(text);
  }
  while (!fraction.empty() && fraction.back() == '0') fraction.remove_suffix(1);
  if (fraction.size() > max_scale) return not_a_number(text);

  Decimal number{0, static_cast<int>(fraction.size())};
  int digits = 0;
  for (const std::string_view part : {whole, fraction}) {
    for (const char digit : part) {
      if (digits != 0 || digit != '0') ++digits;
      if (digits > max_digits) return not_a_number(text);
      number.units = number.units * 10 + (digit - '0');
    }
  }
  if (negative) number.units = -number.units;
  return number;
}

Decimal negated(Decimal number) {
  return {-number.units, number.scale};
}

std::string to_text(Decimal number) {
  const bool negative = number.units < 0;
  std::string digits = std::to_string(negative ? -number.units : number.units);
  const auto scale = static_cast<std::size_t>(number.scale);
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  if (scale != 0) digits.insert(digits.size() - scale, 1, '.');
  return negative ? "-" + digits : digits;
}

Result<std::int64_t> product_in_minor(Decimal a, Decimal b) {
  const Wide product = static_cast<Wide>(a.units) * b.units;
  const int scale = a.scale + b.scale;
  Wide minor = 0;
  if (scale <= minor_scale) {
    minor = product * power_of_ten(minor_scale - scale);
  } else {
    const Wide divisor = power_of_ten(scale - minor_scale);
    const Wide half = product < 0 ? -divisor / 2 : divisor / 2;
    minor = (product + half) / divisor;
  }
  constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
  if (minor > largest || minor < -largest) {
    return fail(to_text(a) + " x " + to_text(b) + " is more money than 64 bits hold");
  }
  return static_cast<std::int64_t>(minor);
}

}  // namespace storeward::till
