// What differs between the configuration in force and a new one, for a reload. Pure.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace storeward::config {

struct Change {
  std::string key;          // "hub.url", "http.client[0].token_sha256"
  bool reloadable = false;  // false: needs a restart
};

std::vector<Change> changes(const Config& before, const Config& after);

}  // namespace storeward::config
