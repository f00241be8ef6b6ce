#include "agent/core/submit.h"

namespace storeward {

std::size_t bytes_of(const AdmittedItem& item) {
  const auto* const event = std::get_if<Event>(&item);
  return event != nullptr ? event->bytes.size() : std::get<Rejected>(item).masked.size();
}

const ItemOutcome* refusal_in(const std::vector<ItemOutcome>& outcomes) {
  const bool refused = !outcomes.empty() && outcomes.front().status == ItemStatus::refused;
  return refused ? &outcomes.front() : nullptr;
}

std::size_t weight_of(const Delivery& delivery) {
  std::size_t bytes = 0;
  for (const SourceCursor& cursor : delivery.cursors) {
    bytes += sizeof cursor + cursor.key.size() + cursor.value.size();
  }
  for (const AdmittedItem& item : delivery.items) {
    bytes += sizeof item + bytes_of(item);
  }
  for (const UsedNumber& used : delivery.numbers) {
    bytes += sizeof used + used.source.size() + used.register_id.size() + used.business_date.size();
  }
  return bytes;
}

}  // namespace storeward
