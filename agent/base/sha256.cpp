#include "agent/base/sha256.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <cstring>

#include "agent/base/ascii.h"
#include "agent/base/assert.h"

namespace storeward {

// The one-shot low-level calls: EVP's per-call set-up costs more than hashing 400 bytes.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
Sha256 sha256(std::string_view bytes) {
  Sha256 digest;
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(digest.data(), &context);
  return digest;
}
#pragma GCC diagnostic pop

void Sha256Stream::Free::operator()(void* context) const {
  EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context));
}

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  ASSERT(context_ != nullptr);
  ASSERT(EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_.get()), EVP_sha256(), nullptr) == 1);
}

void Sha256Stream::add(std::string_view bytes) {
  ASSERT(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_.get()), bytes.data(), bytes.size()) ==
         1);
}

Sha256 Sha256Stream::finish() {
  Sha256 digest;
  ASSERT(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_.get()), digest.data(), nullptr) == 1);
  return digest;
}

Sha256 hmac_sha256(std::string_view key, std::string_view bytes) {
  Sha256 digest;
  unsigned size = 0;
  const auto* const made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                                reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                                digest.data(), &size);
  ASSERT(made != nullptr && size == digest.size());
  return digest;
}

Sha256 chain_next(const Sha256& previous, const Sha256& digest) {
  char joined[64];
  std::memcpy(joined, previous.data(), 32);
  std::memcpy(joined + 32, digest.data(), 32);
  return sha256(std::string_view(joined, sizeof joined));
}

std::uint64_t leading_u64(const Sha256& digest) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | digest[static_cast<std::size_t>(i)];
  return value;
}

std::string to_hex(const Sha256& digest) {
  std::string hex;
  append_hex(hex, {reinterpret_cast<const char*>(digest.data()), digest.size()});
  return hex;
}

bool from_hex(std::string_view hex, Sha256& digest) {
  if (hex.size() != 64) return false;
  for (std::size_t i = 0; i < 32; ++i) {
    const int high = hex_value(hex[2 * i]);
    const int low = hex_value(hex[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    digest[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

}  // namespace storeward
