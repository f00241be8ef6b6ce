#include "agent/till/log_feed.h"

#include "agent/till/invoice_events.h"

namespace storeward::till {

LogFeed::LogFeed(std::vector<Invoice> invoices, TillIdentity till, const TimeZone& zone,
                 unsigned speed)
    : invoices_(std::move(invoices)), till_(std::move(till)), zone_(zone), speed_(speed) {}

Result<std::size_t> LogFeed::check() const {
  std::size_t count = 0;
  for (const Invoice& invoice : invoices_) {
    const auto events = events_of(invoice, till_, zone_);
    if (!events) return fail(events.error().message);
    count += events->size();
  }
  return count;
}

std::optional<TillEvent> LogFeed::next() {
  if (next_event_ == events_.size()) {
    if (next_invoice_ == invoices_.size()) return std::nullopt;
    const Invoice& invoice = invoices_[next_invoice_++];
    events_ = events_of(invoice, till_, zone_).value();
    next_event_ = 0;
    if (speed_ != 0) {
      const Millis due = (invoice.time - invoices_.front().time) / speed_;
      for (TillEvent& event : events_) event.due = due;
    }
  }
  return std::move(events_[next_event_++]);
}

}  // namespace storeward::till
