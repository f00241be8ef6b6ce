#include "agent/core/receipt_number.h"

namespace storeward {

PlacedReceipt place(const ReceiptNumber& number, const ReceiptFacts& receipt) {
  PlacedReceipt placed;
  placed.counts = !number.voided;
  if (!number.standing || !number.standing->is_receipt) {
    placed.stands = true;
  } else if (receipt.event == 0 || number.standing->event != receipt.event) {
    placed.counts = true;
    placed.repeated = !receipt.is_void || !number.voided;
  } else if (number.standing->revision < receipt.revision) {
    placed.stands = true;
    if (!number.voided) placed.corrected = number.standing;
  } else {
    placed.counts = false;
  }
  return placed;
}

PlacedVoid place(const ReceiptNumber& number, const VoidedReceipt& voided) {
  const auto& standing = number.standing;
  const bool there = standing && standing->is_receipt && standing->event != voided.event;
  if (number.voided || (!there && !voided.named)) return {};
  return {true, there ? standing : std::nullopt};
}

}  // namespace storeward
