// The events of a sales log, one after the other at the time they are due. Owned by one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "agent/base/result.h"
#include "agent/base/time_zone.h"
#include "agent/till/retail_log.h"
#include "agent/till/till_event.h"

namespace storeward::till {

class LogFeed {
 public:
  // `speed`: times as fast as it happened; 0: everything is due at once.
  LogFeed(std::vector<Invoice> invoices, TillIdentity till, const TimeZone& zone, unsigned speed);

  // Makes every event once, so that a log that cannot be played is refused before anything is sent.
  // The number of events.
  Result<std::size_t> check() const;

  // Only after check() was fine.
  std::optional<TillEvent> next();

 private:
  const std::vector<Invoice> invoices_;
  const TillIdentity till_;
  const TimeZone zone_;
  const unsigned speed_;
  std::size_t next_invoice_ = 0;
  std::vector<TillEvent> events_;  // of the invoice before next_invoice_
  std::size_t next_event_ = 0;
};

}  // namespace storeward::till
