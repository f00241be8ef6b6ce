#include "agent/cli/money_text.h"

#include <algorithm>

#include "agent/core/currency.h"

namespace storeward::cli {

std::string money_text(std::int64_t amount_minor, std::string_view currency) {
  std::string amount = amount_text(amount_minor, currency);
  const std::size_t begin = amount.starts_with('-') ? 1 : 0;
  for (std::size_t at = std::min(amount.find('.'), amount.size()); at > begin + 3; at -= 3) {
    amount.insert(at - 3, ",");
  }
  return std::string(currency) + " " + amount;
}

}  // namespace storeward::cli
