#include "drivers/exec/said.h"

#include <algorithm>

#include "agent/core/masking.h"
#include "agent/core/utf8.h"

namespace storeward::exec {

std::string shown(std::string_view said, std::size_t limit) {
  const bool cut = said.size() >= limit + beyond_cut;
  const std::string masked = mask_unreadable(said.substr(0, limit + beyond_cut), std::string::npos);
  // Masked it may be so short that the place of the cut would be shown.
  const std::size_t sound = masked.size() - (cut ? std::min(masked.size(), beyond_cut) : 0);
  return std::string(utf8_prefix(masked, std::min(limit, sound)));
}

}  // namespace storeward::exec
