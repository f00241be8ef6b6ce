#include "agent/cli/money_text.h"

#include "agent/base/grouped.h"
#include "agent/core/currency.h"

namespace storeward::cli {

std::string money_text(std::int64_t amount_minor, std::string_view currency) {
  return std::string(currency) + " " + grouped(amount_text(amount_minor, currency));
}

}  // namespace storeward::cli
