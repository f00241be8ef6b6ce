// Amounts in minor units as people write them: with the currency's decimals (ISO 4217). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace storeward {

// Places behind the point of the currency's minor unit: 2 for EUR, 0 for JPY, 3 for BHD. Unknown
// currencies have two.
int currency_decimals(std::string_view currency);

// "15.23" for 1523 of GBP, "1523" of JPY, "-0.05" for -5 of EUR.
std::string amount_text(std::int64_t amount_minor, std::string_view currency);

}  // namespace storeward
