// A number of things in words: "1 file", "2 files".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace storeward {

// `what`: a word that takes an s.
inline std::string counted(std::uint64_t number, std::string_view what) {
  return std::to_string(number).append(" ").append(what).append(number == 1 ? "" : "s");
}

}  // namespace storeward
