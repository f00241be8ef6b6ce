// Which of the sales and returns that an agent has sent do not count in its totals, as in the
// agent's own day totals (docs/decisions/0016-receipts.md): those whose status says training,
// voided and the like, and those that a retail.sale.voided takes back.
//
// What an agent said first goes first, whatever order it came in: by epoch, since those are made of
// the time, then by sequence. So receivers and stores agree.
#pragma once

#include <set>

#include "agent/hub/hub_store.h"

namespace storeward::hub {

// Reads all sales of the agent; twice where some are voids. What it keeps in memory grows with the
// voids and with what does not count.
std::set<Found> uncounted(HubTransaction& transaction, AgentId agent);

}  // namespace storeward::hub
