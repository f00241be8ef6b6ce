// Who signed a web hook's body: HMAC-SHA256 with a secret that sender and agent share. Pure.
//
//   shopify  X-Shopify-Hmac-Sha256: base64 of the HMAC over the raw body
//   generic  a header of the sender's choice, hex or base64, with or without "sha256=" before it;
//            with a timestamp header (Unix seconds) the HMAC is over TIMESTAMP.BODY
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "agent/base/clock.h"

namespace storeward {

enum class SignatureKind : std::uint8_t { none, shopify, generic };

struct SignatureRules {
  SignatureKind kind = SignatureKind::none;
  std::string secret;
  std::string header;            // generic
  bool base64 = false;           // generic; else hex
  std::string timestamp_header;  // generic; empty: not signed
  Millis tolerance{300'000};     // between the timestamp and `now`, either way
};

// A request's header by its name, whatever the case; empty: not there.
using HeaderLookup = std::function<std::string_view(std::string_view name)>;

enum class Signed : std::uint8_t {
  rightly,
  not_at_all,    // the header is not there
  without_time,  // the timestamp's header is not there, so what was signed is not known
  otherwise,     // with another secret, or another body
  out_of_time,   // rightly, but `now` is too far from the timestamp
};

// Compares in constant time. Not for SignatureKind::none.
Signed how_signed(const SignatureRules& rules, std::string_view body, const HeaderLookup& header,
                  WallTime now);

}  // namespace storeward
