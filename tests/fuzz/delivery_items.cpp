// The body of a delivery, cut into its items (agent/core/delivery_items).
#include "agent/core/delivery_items.h"

#include "tests/fuzz/support.h"
#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

constexpr std::size_t most_items = 100;

// Items are views into the body, one behind the other, and say rightly where they stand.
bool all_json(std::string_view body, const std::vector<DeliveryItem>& items) {
  ASSERT(items.size() <= most_items);
  std::size_t free_from = 0;
  bool json = true;
  for (const DeliveryItem& item : items) {
    ASSERT(item.offset >= free_from && item.offset + item.text.size() <= body.size());
    ASSERT(item.text.data() == body.data() + item.offset);
    free_from = item.offset + item.text.size();
    json = json && is_json(item.text);
  }
  return json;
}

void run(std::string_view body) {
  for (const Framing framing : {Framing::single, Framing::batch, Framing::ndjson}) {
    const auto items = items_of(body, framing, most_items);
    if (!items) {
      const Refusal& refusal = items.error();
      ASSERT(refusal.status == 413 || (framing == Framing::batch && refusal.status == 400));
      ASSERT(!refusal.reason.empty());
      // A JSON array is only ever refused for its length.
      ASSERT(refusal.status == 413 || !is_json(body) ||
             body[body.find_first_not_of(" \t\r\n")] != '[');
      continue;
    }
    // The cut is right: all items can be read where, and only where, the whole body can.
    const bool readable = all_json(body, *items);
    if (framing == Framing::batch) ASSERT(readable == is_json(body));
    if (framing == Framing::ndjson) {
      for (const DeliveryItem& item : *items) ASSERT(item.text.find('\n') == item.text.npos);
    }
    if (framing == Framing::single) ASSERT(items->size() == 1 && items->front().text == body);
  }
}

const Registered registered({"delivery_items", 64u << 10, run});

}  // namespace
}  // namespace storeward::fuzz
