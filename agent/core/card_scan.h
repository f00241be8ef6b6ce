// Finds card data in text: card numbers, track data, verification values and PINs named in the
// text, also escaped as in JSON, XML or a URI, and base64 of any of these. See masking.h for what
// is done about it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace storeward {

// Quick on the usual text: one pass decides for whatever holds too few digits.
bool holds_card_data(std::string_view text);

// The text with everything found replaced.
std::string masked_card_data(std::string_view text);

}  // namespace storeward
