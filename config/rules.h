// Rules between keys: what each value alone cannot say. Pure.
#pragma once

#include <vector>

#include "config/load.h"

namespace storeward::config {

// `anchor` is the place to name where a rule is about something that is not there.
void check_rules(const Loaded& loaded, const Place& anchor, std::vector<Problem>& problems);

// By their text alone: /a, /a/ and /b/../a are one directory. Links are not followed.
bool same_directory(const std::filesystem::path& one, const std::filesystem::path& other);

}  // namespace storeward::config
