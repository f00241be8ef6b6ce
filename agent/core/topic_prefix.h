// What may stand before the topics of a retailer, for the agent and for the hub. Pure.
#pragma once

#include <string_view>

namespace storeward {

// 1 to 128 bytes: levels of A-Z a-z 0-9 . _ ~ - joined by single slashes; no wildcards.
bool is_topic_prefix(std::string_view text);

}  // namespace storeward
