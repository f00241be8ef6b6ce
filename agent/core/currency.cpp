#include "agent/core/currency.h"

#include <algorithm>

namespace storeward {
namespace {

constexpr std::string_view without_decimals[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                                 "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
                                                 "VND", "VUV", "XAF", "XOF", "XPF"};
constexpr std::string_view with_three[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
constexpr std::string_view with_four[] = {"CLF", "UYW"};
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

}  // namespace storeward
