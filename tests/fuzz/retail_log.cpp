// A sales log (agent/till): whatever stands in it, it is refused with its place, or every event
// made of it is one that the agent reads.
#include "agent/till/retail_log.h"

#include <sstream>

#include "agent/till/invoice_events.h"
#include "tests/fuzz/support.h"
#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

using namespace storeward::till;

void check_texts(const Invoice& invoice) {
  ASSERT(!invoice.number.empty() && !invoice.rows.empty());
  ASSERT(is_utf8(invoice.number) && is_utf8(invoice.customer));
  for (const InvoiceRow& row : invoice.rows) {
    ASSERT(is_utf8(row.stock_code) && is_utf8(row.description));
    const auto again = parse_decimal(to_text(row.quantity));
    ASSERT(again && *again == row.quantity);
  }
}

void check_events(const Invoice& invoice) {
  const TillIdentity identity{"till-3", "store-0042", "1", "shop", "GBP"};
  const auto events = events_of(invoice, identity, *site().time_zone);
  if (!events) {
    ASSERT(!events.error().message.empty());
    return;
  }
  ASSERT(!events->empty());
  for (const TillEvent& event : *events) {
    ASSERT(is_json(event.json));
    const auto admitted = admit(event.json, Framing::single, storeward::fuzz::till(), site());
    if (event.id.size() > 256) continue;  // no CloudEvent's id; the agent says so
    ASSERT(admitted && admitted->size() == 1);
    // Masking may change the id; it never changes the kind.
    if (const auto* taken = std::get_if<Event>(&admitted->front())) {
      ASSERT(taken->type == type_of(event.kind));
    }
  }
}

void run(std::string_view text) {
  RetailLog log(*site().time_zone);
  std::istringstream input{std::string(text)};
  const auto read = log.read(input, "log.csv");
  if (!read) ASSERT(read.error().message.starts_with("log.csv:"));
  const std::size_t rows_read = log.rows();
  std::size_t rows = 0;
  WallTime before = WallTime::min();
  for (const Invoice& invoice : log.take_in_order()) {
    ASSERT(invoice.time >= before);
    before = invoice.time;
    rows += invoice.rows.size();
    check_texts(invoice);
    check_events(invoice);
  }
  ASSERT(rows == rows_read);
}

const Registered registered({"retail_log", 64u << 10, run});

}  // namespace
}  // namespace storeward::fuzz
