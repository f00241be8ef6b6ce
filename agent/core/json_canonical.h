// The canonical form of RFC 8785 (JCS): sorted members, no white space, minimal escapes, ES6
// numbers. One deviation: integers within 64 bit keep their exact digits beyond 2^53, where RFC
// 8785 would round them to a double. Two sources that mean different numbers must not become the
// same event.
#pragma once

#include <string>
#include <string_view>

#include "agent/core/json_tree.h"

namespace storeward {

// The tree's members must be sorted.
void append_canonical(const JsonTree& tree, const JsonNode& node, std::string& out);

std::string number_text(const JsonNode& number);  // as it stands in canonical form

}  // namespace storeward
