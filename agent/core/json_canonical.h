// The canonical form of RFC 8785 (JCS): sorted members, no white space, minimal escapes, ES6
// numbers. Two deviations: integers within 64 bit keep their exact digits beyond 2^53, where RFC
// 8785 would round them to a double: two sources that mean different numbers must not become the
// same event. And whole numbers beyond 64 bit have an exponent (1e+20) from there on, not from 1e21
// on: readers that keep integers as such, ours and the hub's among them, refuse so many digits.
#pragma once

#include <string>
#include <string_view>

#include "agent/core/json_tree.h"

namespace storeward {

// The tree's members must be sorted.
void append_canonical(const JsonTree& tree, const JsonNode& node, std::string& out);

std::string number_text(const JsonNode& number);  // as it stands in canonical form

}  // namespace storeward
