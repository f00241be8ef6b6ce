// A fuzz target: one parser of outside bytes and what must hold whatever the bytes. Each file of
// this folder that registers one is a program of its own under libFuzzer (clang), and all of them
// together are storeward-fuzz-replay, which plays the corpus (any compiler). A property is an
// ASSERT: it stops the program as a crash does.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace storeward::fuzz {

struct Target {
  std::string_view name;      // of its folder below corpus/, too
  std::size_t max_bytes = 0;  // what production takes at most; longer inputs are passed over
  void (*run)(std::string_view input) = nullptr;
};

class Registered {
 public:
  explicit Registered(const Target& target);
};

const std::vector<Target>& targets();

}  // namespace storeward::fuzz
