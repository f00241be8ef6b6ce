// The words for the forwarder's and the store's alerts: a stable kind for machines, a sentence with
// the next step for people. Pure.
#pragma once

#include <string>
#include <string_view>

#include "agent/core/forwarder.h"

namespace storeward {

std::string_view kind_of(AlertKind alert);

// What it means and what to do; `detail` is what the forwarder knows of this case, may be empty.
std::string sentence_for(AlertKind alert, std::string_view detail);

}  // namespace storeward
