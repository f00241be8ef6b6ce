// What a field's name says about the digits in it. Names are compared without case, '_', '-', '.'
// and spaces: cardNumber, card_number and CARD-NUMBER are one.
#pragma once

#include <cstdint>
#include <string_view>

namespace storeward {

enum class FieldMeaning : std::uint8_t {
  other,
  card_number,  // pan, cardNumber: masked whatever the value
  secret,       // cvv, pin, track data: masked whatever the value
  gs1,          // gtin, sscc, gln, sku, raw scan: a GS1 number of valid check digit stays
  loyalty,      // loyalty, gift card: stays unless a major card scheme's number
  digest        // a hash in hex: 64 hex digits stay
};

FieldMeaning meaning_of(std::string_view name);

}  // namespace storeward
