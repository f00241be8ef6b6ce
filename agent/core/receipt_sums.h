// Whether a receipt agrees with itself: its lines' numbers, taxes, tenders and totals. What does
// not agree is flagged, never refused. Pure.
#pragma once

#include <string_view>

#include "agent/core/json_tree.h"

namespace storeward {

// Of an event that has passed the rules of its type; true for what is no receipt, and where there
// is no telling (several currencies, say).

// Lines, taxes and discounts reach the gross total, taxes and discounts within the lines or beside
// them.
bool totals_agree(const JsonTree& tree, const JsonNode& data, std::string_view type);

// The payments, less what was given back, reach the gross total.
bool tenders_agree(const JsonTree& tree, const JsonNode& data, std::string_view type);

// Each line's tax fits its rate, and the taxes of the lines add up to the total's.
bool taxes_agree(const JsonTree& tree, const JsonNode& data, std::string_view type);

// No number stands twice among the lines that count.
bool line_numbers_differ(const JsonTree& tree, const JsonNode& data, std::string_view type);

}  // namespace storeward
