// SHA-256 (FIPS 180-4) by OpenSSL.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace storeward {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);

// Of what comes in parts.
class Sha256Stream {
 public:
  Sha256Stream();
  void add(std::string_view bytes);
  Sha256 finish();  // once

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

// HMAC-SHA-256 (RFC 2104), by which a sender who knows `key` signs.
Sha256 hmac_sha256(std::string_view key, std::string_view bytes);

// The next link of a hash chain: SHA-256(previous || digest).
Sha256 chain_next(const Sha256& previous, const Sha256& digest);

inline std::string_view bytes_of(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// The first eight bytes, big-endian: a 64-bit key for indexes and filters.
std::uint64_t leading_u64(const Sha256& digest);

std::string to_hex(const Sha256& digest);             // 64 lower-case characters
bool from_hex(std::string_view hex, Sha256& digest);  // false unless 64 hex characters

}  // namespace storeward
