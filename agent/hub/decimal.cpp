#include "agent/hub/decimal.h"

namespace storeward::hub {
namespace {

constexpr std::size_t places = 12;
constexpr std::size_t max_whole_digits = 26;  // a sum may be longer than any summand

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view part =
      point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  if (whole.empty() || whole.size() > max_whole_digits || part.size() > places ||
      (point != std::string_view::npos && part.empty())) {
    return std::nullopt;
  }
  Decimal decimal;
  const auto append = [&decimal](char digit) {
    if (digit < '0' || digit > '9') return false;
    decimal.scaled_ = decimal.scaled_ * 10 + (digit - '0');
    return true;
  };
  for (const char digit : whole) {
    if (!append(digit)) return std::nullopt;
  }
  for (std::size_t i = 0; i < places; ++i) {
    if (!append(i < part.size() ? part[i] : '0')) return std::nullopt;
  }
  if (negative) decimal.scaled_ = -decimal.scaled_;
  return decimal;
}

std::string Decimal::to_text() const {
  std::string digits;  // from the last to the first
  Int128 rest = scaled_ < 0 ? -scaled_ : scaled_;
  for (std::size_t i = 0; rest != 0 || i <= places; ++i) {
    const char digit = static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
    if (i == places && !digits.empty()) digits += '.';
    if (i < places && digits.empty() && digit == '0') continue;  // no trailing zeros
    digits += digit;
  }
  if (scaled_ < 0) digits += '-';
  return {digits.rbegin(), digits.rend()};
}

}  // namespace storeward::hub
