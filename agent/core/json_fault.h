// Says where and why a text is not readable JSON. Slow and thorough: only for texts already
// refused.
#pragma once

#include <string_view>

#include "agent/core/json_tree.h"

namespace storeward {

// The reason never quotes the text: it may hold card data.
JsonFault explain_unreadable(std::string_view text, bool not_utf8);

}  // namespace storeward
