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
  std::uint64_t lost_events = 0;        // gone, and the hub has not confirmed them
  std::uint64_t doubtful_events = 0;    // gone, and how far the hub had confirmed is not known
  std::uint64_t confirmed_events = 0;   // gone before they were to be pruned: the hub has them
  std::uint64_t foreign_events = 0;     // of another agent or outbox: not taken
  bool ends_known = false;              // false: newer events may be lost without a trace
  std::vector<std::string> lost_parts;  // tables that could not be read to the end
};

// `damaged` is only read; `fresh` must not exist. It ends as one file, synced. A new epoch begins
// in it for `reason`.
SalvageReport salvage_rows(const std::filesystem::path& damaged, const std::filesystem::path& fresh,
                           const OutboxOptions& options, const std::string& reason,
                           const Clock& clock);

}  // namespace storeward::store
