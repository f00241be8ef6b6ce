// The seed of a random test: from STOREWARD_SEED, otherwise a fresh one; printed either way.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string_view>

namespace storeward::testing {

inline std::uint64_t announced_seed(std::string_view test) {
  const char* const given = std::getenv("STOREWARD_SEED");
  const std::uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << test << ": STOREWARD_SEED=" << seed << '\n';
  return seed;
}

}  // namespace storeward::testing
