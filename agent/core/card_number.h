// What is a payment card's number (PAN), and what only looks like one. ISO/IEC 7812, PCI DSS 3.4.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace storeward {

inline constexpr std::size_t shortest_card_number = 13, longest_card_number = 19;  // digits

bool luhn_valid(std::string_view digits);

// GTIN-8/12/13/14, GLN (13), SSCC or GSRN (18): exact length and a valid GS1 check digit.
bool gs1_valid(std::string_view digits);

// Length, issuer range and check digit fit a card scheme. `digits` are digits only.
bool is_card_number(std::string_view digits);

// The same for the schemes whose ranges no loyalty or gift card uses: Visa, Mastercard, American
// Express, Discover, JCB in their exact lengths.
bool is_major_card_number(std::string_view digits);

// Length and issuer range alone: for digits that have been rounded.
bool begins_like_card_number(std::string_view digits);

// What stands in the place of a number, whose last four digits may be kept (PCI DSS 3.4), and of
// any other secret.
std::string hidden_card_number(std::string_view digits);
inline constexpr std::string_view hidden_secret = "****";

}  // namespace storeward
