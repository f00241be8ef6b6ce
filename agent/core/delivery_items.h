// The body of a delivery cut into its items, before any of them is read: one unreadable item must
// not take the others with it. Pure; views into the body.
#pragma once

#include <string_view>
#include <vector>

#include "agent/core/admission.h"

namespace storeward {

struct DeliveryItem {
  std::string_view text;
  std::size_t offset = 0;  // of `text` in the body, bytes
};

// single: the body. batch: the elements of the array; refused (400) if it is no array that closes.
// ndjson: the lines, empty ones left out. Refused (413) above `max_items`.
Result<std::vector<DeliveryItem>, Refusal> items_of(std::string_view body, Framing framing,
                                                    std::size_t max_items);

}  // namespace storeward
