// What became of the items of a delivery, as JSON: {"id":…,"status":…,…} (CONTRACT section 4).
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "agent/core/event.h"

namespace storeward {

void append_outcome(std::string& json, const ItemOutcome& outcome);

}  // namespace storeward
