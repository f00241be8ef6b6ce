// Finds card data in text: card numbers, track data, verification values and PINs named in the
// text, and base64 of any of these. See masking.h for what is done about it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace storeward {

// Quick on the usual text: one pass decides for whatever holds too few digits.
bool holds_card_data(std::string_view text);

// The text with everything found replaced.
std::string masked_card_data(std::string_view text);

// Raw bytes as text to look into: JSON's \u00XX decoded, invalid UTF-8 replaced by U+FFFD. Empty
// for what is no ASCII-compatible text (a NUL byte: binary or UTF-16).
std::string plain_text_of(std::string_view raw);

}  // namespace storeward
