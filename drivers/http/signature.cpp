#include "drivers/http/signature.h"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

#include "agent/base/assert.h"
#include "agent/base/constant_time.h"
#include "agent/base/sha256.h"

namespace storeward {
namespace {

std::string to_base64(const Sha256& digest) {
  unsigned char text[48];  // 44 and the final zero
  const int length = EVP_EncodeBlock(text, digest.data(), static_cast<int>(digest.size()));
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(length)};
}

bool fits(const Sha256& expected, std::string_view given, bool base64) {
  if (base64) return equal_in_constant_time(to_base64(expected), given);
  Sha256 digest;
  return from_hex(given, digest) && equal_in_constant_time(bytes_of(expected), bytes_of(digest));
}

bool is_recent(std::string_view timestamp, Millis tolerance, WallTime now) {
  std::int64_t seconds = 0;
  const char* const end = timestamp.data() + timestamp.size();
  const auto [parsed_to, error] = std::from_chars(timestamp.data(), end, seconds);
  constexpr std::int64_t year_9999 = 253'402'300'800;
  if (error != std::errc{} || parsed_to != end || seconds < 0 || seconds > year_9999) return false;
  const Millis difference = now.time_since_epoch() - std::chrono::seconds(seconds);
  return difference <= tolerance && -difference <= tolerance;
}

}  // namespace

Signed how_signed(const SignatureRules& rules, std::string_view body, const HeaderLookup& header,
                  WallTime now) {
  ASSERT(rules.kind != SignatureKind::none);
  const bool shopify = rules.kind == SignatureKind::shopify;
  std::string_view given = header(shopify ? "X-Shopify-Hmac-Sha256" : rules.header);
  if (given.empty()) return Signed::not_at_all;
  constexpr std::string_view algorithm = "sha256=";
  if (!shopify && given.starts_with(algorithm)) given.remove_prefix(algorithm.size());
  const bool base64 = shopify || rules.base64;
  if (shopify || rules.timestamp_header.empty()) {
    return fits(hmac_sha256(rules.secret, body), given, base64) ? Signed::rightly
                                                                : Signed::otherwise;
  }
  const std::string_view timestamp = header(rules.timestamp_header);
  if (timestamp.empty()) return Signed::without_time;
  std::string signed_text(timestamp);
  signed_text.append(1, '.').append(body);
  if (!fits(hmac_sha256(rules.secret, signed_text), given, base64)) return Signed::otherwise;
  return is_recent(timestamp, rules.tolerance, now) ? Signed::rightly : Signed::out_of_time;
}

}  // namespace storeward
