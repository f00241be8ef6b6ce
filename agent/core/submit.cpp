#include "agent/core/submit.h"

namespace storeward {

std::size_t weight_of(const Delivery& delivery) {
  std::size_t bytes = 0;
  for (const SourceCursor& cursor : delivery.cursors) {
    bytes += sizeof cursor + cursor.key.size() + cursor.value.size();
  }
  for (const AdmittedItem& item : delivery.items) {
    bytes += sizeof item;
    if (const auto* event = std::get_if<Event>(&item)) bytes += event->bytes.size();
    if (const auto* rejected = std::get_if<Rejected>(&item)) bytes += rejected->masked.size();
  }
  return bytes;
}

}  // namespace storeward
