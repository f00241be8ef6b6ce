// The alphabetic codes of ISO 4217 that a shop can trade in (no funds, metals or test codes).
#pragma once

#include <string_view>

namespace storeward::config {

bool is_currency_in_use(std::string_view code);

}  // namespace storeward::config
