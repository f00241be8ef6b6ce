// How deep a JSON text nests, told before it is parsed: nlohmann-json reads any depth, but copies
// and writes what it has read by recursion, and a text of 64 KiB is deep enough for a stack to end.
// Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace storeward {

// Exact for valid JSON; what is not valid is left for the parser to refuse.
bool nests_deeper_than(std::string_view json, std::size_t depth);

}  // namespace storeward
