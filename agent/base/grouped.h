// Numbers for people: "1,234,567.5". Never for numbers that are typed in again, or in JSON.
#pragma once

#include <cstdint>
#include <string>

namespace storeward {

std::string grouped(std::uint64_t number);

// Of decimal text: an optional sign, digits, an optional fraction.
std::string grouped(std::string decimal);

}  // namespace storeward
