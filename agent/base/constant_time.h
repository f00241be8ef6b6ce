// Comparison of secrets: how long it takes says nothing of how much of a guess is right. What
// tests/constant_time proves under memcheck, so compare tokens, digests and signatures with it
// only.
#pragma once

#include <openssl/crypto.h>

#include <string_view>

namespace storeward {

// Their lengths are no secret.
inline bool equal_in_constant_time(std::string_view one, std::string_view other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace storeward
