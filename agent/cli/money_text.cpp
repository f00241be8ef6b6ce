#include "agent/cli/money_text.h"

#include <charconv>

#include "agent/cli/terminal.h"
#include "agent/core/currency.h"

namespace storeward::cli {

std::string money_text(std::int64_t amount_minor, std::string_view currency) {
  const std::string amount = amount_text(amount_minor, currency);
  const bool negative = amount.front() == '-';
  std::uint64_t whole = 0;
  const auto end = std::from_chars(amount.data() + negative, amount.data() + amount.size(), whole);
  return std::string(currency) + (negative ? " -" : " ") + grouped(whole) + std::string(end.ptr);
}

}  // namespace storeward::cli
