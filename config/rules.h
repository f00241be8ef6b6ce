// Rules between keys: what each value alone cannot say. Pure.
#pragma once

#include <vector>

#include "config/load.h"

namespace storeward::config {

// `anchor` is the place to name where a rule is about something that is not there.
void check_rules(const Loaded& loaded, const Place& anchor, std::vector<Problem>& problems);

}  // namespace storeward::config
