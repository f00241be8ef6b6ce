// What the agent itself needs to know of a valid event: where it is partitioned, what it adds to
// the day's totals, which stock level it is about. CONTRACT sections 2, 3 and 8. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/core/admission.h"
#include "agent/core/event.h"
#include "agent/core/json_tree.h"

namespace storeward {

// site/register for sales and finance, order or shipment key for orders, location/item for stock
// and levels, item or customer for master, site for ops.
std::string partition_key(const JsonTree& tree, const JsonNode& data, Stream stream,
                          std::string_view site);

// For completed sales and returns whose status counts; none for the rest.
std::optional<DayDelta> day_delta(const JsonTree& tree, const JsonNode& data, std::string_view type,
                                  const AdmissionOptions& options);

// Of a sale, return or voided sale that has a register and a sequenceNo; none for the rest.
std::optional<ReceiptFacts> receipt_facts(const JsonTree& tree, const JsonNode& data,
                                          std::string_view type, const AdmissionOptions& options);
// Of a voided sale that names another receipt (data.voids) or has a number itself.
std::optional<VoidedReceipt> voided_receipt(const JsonTree& tree, const JsonNode& data,
                                            std::string_view type, const AdmissionOptions& options);
// Of a movement of the drawer or a day close that is itself counted among the receipts, so has a
// register, a businessDate and a sequenceNo; none for the rest.
std::optional<UsedNumber> used_number(const JsonTree& tree, const JsonNode& data,
                                      std::string_view type, std::string_view source,
                                      const AdmissionOptions& options);
std::optional<CloseFacts> close_facts(const JsonTree& tree, const JsonNode& data,
                                      std::string_view type, const AdmissionOptions& options);

LevelKey level_key(const JsonTree& tree, const JsonNode& data);

}  // namespace storeward
