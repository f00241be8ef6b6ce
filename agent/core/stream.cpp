#include "agent/core/stream.h"

#include <algorithm>

namespace storeward {
namespace {

constexpr std::array<std::string_view, stream_count> names = {
    "sales", "finance", "orders", "stock", "levels", "master", "ops"};

struct TypeEntry {
  std::string_view type;
  Stream stream;
};

// Sorted by type.
constexpr TypeEntry types[] = {
    {"agent.alert.cleared.v1", Stream::ops},
    {"agent.alert.raised.v1", Stream::ops},
    {"agent.gap.detected.v1", Stream::ops},
    {"agent.reconcile.mismatch.v1", Stream::ops},
    {"agent.record.rejected.v1", Stream::ops},
    {"retail.customer.upserted.v1", Stream::master},
    {"retail.dayclose.closed.v1", Stream::finance},
    {"retail.giftcard.movement.v1", Stream::sales},
    {"retail.order.placed.v1", Stream::orders},
    {"retail.order.status.v1", Stream::orders},
    {"retail.payment.captured.v1", Stream::sales},
    {"retail.payment.refunded.v1", Stream::sales},
    {"retail.price.changed.v1", Stream::master},
    {"retail.product.upserted.v1", Stream::master},
    {"retail.reservation.confirmed.v1", Stream::orders},
    {"retail.reservation.rejected.v1", Stream::orders},
    {"retail.return.authorised.v1", Stream::orders},
    {"retail.return.completed.v1", Stream::sales},
    {"retail.sale.completed.v1", Stream::sales},
    {"retail.sale.summary.v1", Stream::finance},
    {"retail.sale.voided.v1", Stream::sales},
    {"retail.scan.observed.v1", Stream::stock},
    {"retail.settlement.batch.v1", Stream::finance},
    {"retail.settlement.line.v1", Stream::finance},
    {"retail.shipment.dispatched.v1", Stream::orders},
    {"retail.shipment.received.v1", Stream::orders},
    {"retail.stock.adjusted.v1", Stream::stock},
    {"retail.stock.counted.v1", Stream::stock},
    {"retail.stock.received.v1", Stream::stock},
    {"retail.stock.snapshot.v1", Stream::levels},
    {"retail.stock.transferred.v1", Stream::stock},
    {"retail.tender.movement.v1", Stream::sales},
};

static_assert(std::ranges::is_sorted(types, {}, &TypeEntry::type));

}  // namespace

std::string_view name_of(Stream stream) {
  return names[index_of(stream)];
}

std::optional<Stream> stream_named(std::string_view name) {
  for (const Stream stream : all_streams) {
    if (name_of(stream) == name) return stream;
  }
  return std::nullopt;
}

std::optional<Stream> stream_of_type(std::string_view type) {
  const auto* entry = std::ranges::lower_bound(types, type, {}, &TypeEntry::type);
  if (entry == std::end(types) || entry->type != type) return std::nullopt;
  return entry->stream;
}

}  // namespace storeward
