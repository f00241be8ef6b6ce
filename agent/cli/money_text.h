// Money for people: minor units with the currency's decimals (ISO 4217), "GBP 1,523.00".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace storeward::cli {

std::string money_text(std::int64_t amount_minor, std::string_view currency);

}  // namespace storeward::cli
