// Currencies (ISO 4217): their decimals, amounts in minor units as people write them, and the signs
// that people write beside amounts. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace storeward {

// Places behind the point of the currency's minor unit: 2 for EUR, 0 for JPY, 3 for BHD. Unknown
// currencies have two.
int currency_decimals(std::string_view currency);

// "15.23" for 1523 of GBP, "1523" of JPY, "-0.05" for -5 of EUR.
std::string amount_text(std::int64_t amount_minor, std::string_view currency);

// As they stand before or behind an amount.
enum class CurrencySign : std::uint8_t { none, euro, dollar, pound, yen };
constexpr std::array<std::string_view, 5> currency_signs = {"", "€", "$", "£", "¥"};

// Whether amounts in the currency are written with the sign: many have a dollar or a pound.
bool is_sign_of(CurrencySign sign, std::string_view currency);

}  // namespace storeward
