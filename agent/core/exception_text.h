// What an exception keeps, as a technician edits it and as it is handed in again. Pure.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/core/masking.h"

namespace storeward {

// What is kept of an event as its source would hand it in: what the agent adds when it publishes
// (stream, epoch, the long form of the source …) taken away. Other text stays as it is.
std::string submitted_form(std::string_view kept);

// A technician's text, masked again. Fails where it cannot be looked into (no UTF-8, binary), is
// empty or longer than `limit` bytes.
Result<std::string> masked_edit(std::string_view text, std::size_t limit,
                                const VouchedMembers& vouched = {});

}  // namespace storeward
