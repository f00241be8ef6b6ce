// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of the columns of a row: tells a damaged row from a
// good one without unfolding it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace storeward::store {

class Crc32c {
 public:
  Crc32c& add(std::string_view bytes) {
    for (const char byte : bytes) {
      state_ = table[(state_ ^ static_cast<std::uint8_t>(byte)) & 0xff] ^ state_ >> 8;
    }
    return *this;
  }
  Crc32c& add(std::uint64_t number) {
    for (int i = 0; i < 64; i += 8) {
      state_ = table[(state_ ^ number >> i) & 0xff] ^ state_ >> 8;
    }
    return *this;
  }
  std::uint32_t value() const { return ~state_; }

 private:
  static constexpr std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> filled{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0x82f63b78u : 0);
      filled[i] = value;
    }
    return filled;
  }();

  std::uint32_t state_ = ~0u;
};

}  // namespace storeward::store
