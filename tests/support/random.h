// Random: the one source of chance in random tests. The same seed gives the same history.
#pragma once

#include <cstdint>
#include <random>

namespace storeward::support {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t next() { return engine_(); }
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }  // bound >= 1
  std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return low + below(high - low + 1);
  }
  bool chance(double probability) {
    return static_cast<double>(engine_() >> 11) * 0x1.0p-53 < probability;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace storeward::support
