#include "agent/cli/money_text.h"

#include <algorithm>

#include "agent/cli/terminal.h"

namespace storeward::cli {
namespace {

constexpr std::string_view without_decimals[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                                 "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
                                                 "VND", "VUV", "XAF", "XOF", "XPF"};
constexpr std::string_view with_three[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};

std::size_t decimals_of(std::string_view currency) {
  if (std::ranges::find(without_decimals, currency) != std::end(without_decimals)) return 0;
  if (std::ranges::find(with_three, currency) != std::end(with_three)) return 3;
  return 2;
}

}  // namespace

std::string money_text(std::int64_t amount_minor, std::string_view currency) {
  const bool negative = amount_minor < 0;
  const auto magnitude = negative ? 0 - static_cast<std::uint64_t>(amount_minor)
                                  : static_cast<std::uint64_t>(amount_minor);
  std::uint64_t scale = 1;
  const std::size_t decimals = decimals_of(currency);
  for (std::size_t i = 0; i < decimals; ++i) scale *= 10;
  std::string digits = grouped(magnitude / scale);
  if (decimals > 0) digits += "." + std::to_string(scale + magnitude % scale).substr(1);
  return std::string(currency) + (negative ? " -" : " ") + digits;
}

}  // namespace storeward::cli
