// DedupFilter: a Bloom filter in blocks of one cache line; about 0.6 % false hits at 12 bits a key.
// Its bytes go to the file as they are.
#pragma once

#include <cstdint>
#include <string>

namespace storeward::store {

class DedupFilter {
 public:
  explicit DedupFilter(std::size_t keys)
      : bytes_((keys * bits_per_key / line_bits + 1) * (line_bits / 8), '\0') {}
  explicit DedupFilter(std::string bytes) : bytes_(std::move(bytes)) {}

  void add(std::uint64_t key) {
    const std::uint64_t hash = mix(key);
    char* line = bytes_.data() + line_of(hash);
    std::uint64_t bits = mix(hash);
    for (int i = 0; i < probes; ++i, bits >>= 9) {
      char& byte = line[bits >> 3 & 63];
      byte = static_cast<char>(byte | 1 << (bits & 7));
    }
  }

  bool may_have(std::uint64_t key) const {
    const std::uint64_t hash = mix(key);
    const char* line = bytes_.data() + line_of(hash);
    std::uint64_t bits = mix(hash);
    for (int i = 0; i < probes; ++i, bits >>= 9) {
      if ((line[bits >> 3 & 63] >> (bits & 7) & 1) == 0) return false;
    }
    return true;
  }

  const std::string& bytes() const { return bytes_; }

 private:
  static constexpr std::size_t bits_per_key = 12, line_bits = 512;
  static constexpr int probes = 7;

  // MurmurHash3's finalizer (public domain): every bit of the key moves every bit of the result.
  static std::uint64_t mix(std::uint64_t value) {
    value = (value ^ value >> 33) * 0xff51afd7ed558ccdULL;
    value = (value ^ value >> 33) * 0xc4ceb9fe1a85ec53ULL;
    return value ^ value >> 33;
  }

  std::size_t line_of(std::uint64_t hash) const {
    const std::uint64_t lines = bytes_.size() / (line_bits / 8);
    return static_cast<std::size_t>((hash >> 32) * lines >> 32) * (line_bits / 8);
  }

  std::string bytes_;
};

}  // namespace storeward::store
