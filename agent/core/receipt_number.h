// What stands under one number of a register's day, and what a repeat, a correction and a void come
// to there (docs/decisions/0016-receipts.md). Whoever counts receipts goes by it: the agent's own
// day totals and closes (store/receipt_table), the hub's totals (agent/hub/uncounted). Pure.
//
// Invariant: a number that something else has used up gives way to the receipt that comes under it;
// of the revisions of one event the latest stands; a receipt that another one voids counts nowhere,
// whichever of the two comes first.
#pragma once

#include <optional>

#include "agent/core/receipt.h"

namespace storeward {

struct ReceiptNumber {
  std::optional<ReceiptFacts> standing;  // may be what is no receipt
  bool voided = false;
};

// What comes of a receipt under its number.
struct PlacedReceipt {
  bool stands = false;    // it takes the place of what stood there, if anything did
  bool counts = true;     // false: voided, or a later revision is known
  bool repeated = false;  // the number is another receipt's, and no void explains that
  std::optional<ReceiptFacts> corrected;  // the earlier revision, which counted until now
};
PlacedReceipt place(const ReceiptNumber& number, const ReceiptFacts& receipt);

// What comes of a void at the number that it is about.
struct PlacedVoid {
  bool voids = false;  // the number is voided from now on
  std::optional<ReceiptFacts> taken_back;
};
PlacedVoid place(const ReceiptNumber& number, const VoidedReceipt& voided);

}  // namespace storeward
