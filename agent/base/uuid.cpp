#include "agent/base/uuid.h"

#include <openssl/sha.h>

#include <array>
#include <cstdint>

namespace storeward {
namespace {

// Chosen once, never to be changed: every id that a template has ever made rests on it.
constexpr std::array<std::uint8_t, 16> storeward_namespace = {
    0x6f, 0x2b, 0x1d, 0x84, 0x3c, 0x0a, 0x4e, 0x57, 0x9d, 0x61, 0x5b, 0x7e, 0x20, 0x94, 0xc8, 0x33};

// The one-shot low-level calls, as in sha256().
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
std::array<std::uint8_t, SHA_DIGEST_LENGTH> sha1(std::string_view bytes) {
  std::array<std::uint8_t, SHA_DIGEST_LENGTH> digest;
  SHA_CTX context;
  SHA1_Init(&context);
  SHA1_Update(&context, bytes.data(), bytes.size());
  SHA1_Final(digest.data(), &context);
  return digest;
}
#pragma GCC diagnostic pop

}  // namespace

std::string uuid_from_name(std::string_view name) {
  std::string input(storeward_namespace.begin(), storeward_namespace.end());
  input += name;
  auto digest = sha1(input);
  digest[6] = static_cast<std::uint8_t>((digest[6] & 0x0f) | 0x50);
  digest[8] = static_cast<std::uint8_t>((digest[8] & 0x3f) | 0x80);
  constexpr std::string_view hex = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += hex[digest[i] >> 4];
    text += hex[digest[i] & 0x0f];
  }
  return text;
}

}  // namespace storeward
