// What the hub reads of an event: its envelope and what counts for the totals. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/core/hub_protocol.h"
#include "agent/hub/decimal.h"

namespace storeward::hub {

struct EventFacts {
  Epoch epoch;
  Sequence sequence = 0;
  std::string source, id, revision, type;
  std::string time;
  std::string day;          // data.businessDate, else the date of `time` as it is written
  std::uint64_t lines = 0;  // a single movement counts as one
  Decimal units;            // of all lines, else of the event's own quantity (stock)
  std::string currency;     // of totals.gross; empty where there is none
  std::int64_t gross_minor = 0;
};

// An error names the member of the envelope that is missing or wrong: such an event is rejected.
// The data is read leniently: what is not there counts as nothing.
Result<EventFacts> read_event(std::string_view bytes);

}  // namespace storeward::hub
