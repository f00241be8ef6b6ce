// The rows of a salvage: from the damaged database, through their checks, into a new one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "store/outbox.h"

namespace storeward::store {

struct SalvageReport {
  std::uint64_t events = 0;             // kept
  std::uint64_t lost_events = 0;        // numbers that were used and whose events are gone
  std::vector<std::string> lost_parts;  // tables that could not be read to the end
};

// `damaged` is only read; `fresh` must not exist. It ends as one file, synced. A new epoch begins
// in it for `reason`.
SalvageReport salvage_rows(const std::filesystem::path& damaged, const std::filesystem::path& fresh,
                           const OutboxOptions& options, const std::string& reason,
                           const Clock& clock);

}  // namespace storeward::store
