// The daemon. run_agent() builds all parts, runs until a signal or a storage error ends it, and
// returns the exit code: 0 asked to end, 74 storage, 78 configuration.
#pragma once

#include <filesystem>

#include "config/config.h"

namespace storeward {

struct RunOptions {
  std::filesystem::path config_file;  // read again on SIGHUP
};

int run_agent(const config::Config& config, const RunOptions& options);

}  // namespace storeward
