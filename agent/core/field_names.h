// What a field's name says about the digits in it. Names are compared without case, '_', '-', '.'
// and spaces: cardNumber, card_number and CARD-NUMBER are one.
#pragma once

#include <cstdint>
#include <span>
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

// How a secret's value is told from what stands around it where all there is is text.
enum class SecretForm : std::uint8_t {
  none,    // it is no secret
  code,    // 3 or 4 digits
  pin,     // 4 to 12 digits
  cipher,  // 8 to 64 hex digits, or whatever quotes or an XML element enclose
  track    // whatever they enclose; a card's number in it is found by itself
};

struct SecretName {
  std::string_view name;  // as compared: small letters and digits
  SecretForm form;
};

// All that mean `secret`, the longest first: "cvv2" before "cvv".
std::span<const SecretName> secret_names();

}  // namespace storeward
