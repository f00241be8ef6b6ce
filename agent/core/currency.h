// Amounts in minor units as people write them: with the currency's decimals (ISO 4217). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace storeward {

// "15.23" for 1523 of GBP, "1523" of JPY, "-0.05" for -5 of EUR. Unknown currencies have two.
std::string amount_text(std::int64_t amount_minor, std::string_view currency);

}  // namespace storeward
