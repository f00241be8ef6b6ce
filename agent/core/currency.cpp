#include "agent/core/currency.h"

#include <algorithm>

namespace storeward {
namespace {

constexpr std::string_view without_decimals[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                                 "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
                                                 "VND", "VUV", "XAF", "XOF", "XPF"};
constexpr std::string_view with_three[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
constexpr std::string_view with_four[] = {"CLF", "UYW"};
constexpr std::string_view in_dollars[] = {
    "ARS", "AUD", "BBD", "BMD", "BND", "BOB", "BRL", "BSD", "BZD", "CAD", "CLF", "CLP",
    "COP", "COU", "CUP", "CVE", "DOP", "FJD", "GYD", "HKD", "JMD", "KYD", "LRD", "MOP",
    "MXN", "MXV", "NAD", "NIO", "NZD", "SBD", "SGD", "SRD", "SVC", "TOP", "TTD", "TWD",
    "USD", "USN", "UYI", "UYU", "UYW", "WST", "XCD", "ZWG", "ZWL"};
constexpr std::string_view in_pounds[] = {"EGP", "FKP", "GBP", "GIP", "LBP",
                                          "SDG", "SHP", "SSP", "SYP"};
static_assert(std::ranges::is_sorted(in_dollars) && std::ranges::is_sorted(in_pounds));
static_assert(std::ranges::is_sorted(without_decimals) && std::ranges::is_sorted(with_three) &&
              std::ranges::is_sorted(with_four));

}  // namespace

int currency_decimals(std::string_view currency) {
  if (std::ranges::binary_search(without_decimals, currency)) return 0;
  if (std::ranges::binary_search(with_three, currency)) return 3;
  if (std::ranges::binary_search(with_four, currency)) return 4;
  return 2;
}

std::string amount_text(std::int64_t amount_minor, std::string_view currency) {
  const bool negative = amount_minor < 0;
  const auto magnitude = negative ? 0 - static_cast<std::uint64_t>(amount_minor)
                                  : static_cast<std::uint64_t>(amount_minor);
  std::string digits = std::to_string(magnitude);
  if (const auto decimals = static_cast<std::size_t>(currency_decimals(currency)); decimals > 0) {
    if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
    digits.insert(digits.size() - decimals, 1, '.');
  }
  return (negative ? "-" : "") + digits;
}

bool is_sign_of(CurrencySign sign, std::string_view currency) {
  switch (sign) {
    case CurrencySign::none:
      break;
    case CurrencySign::euro:
      return currency == "EUR";
    case CurrencySign::dollar:
      return std::ranges::binary_search(in_dollars, currency);
    case CurrencySign::pound:
      return std::ranges::binary_search(in_pounds, currency);
    case CurrencySign::yen:
      return currency == "JPY" || currency == "CNY";
  }
  return true;
}

}  // namespace storeward
