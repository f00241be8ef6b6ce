// An event on its way from the source to the outbox: what admission hands to the store.
//
// The published bytes are laid out so that the store only has to fill in fixed-width fields inside
// its transaction (see event_layout.h); everything else is final, masked and canonical.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/receipt.h"
#include "agent/core/stream.h"

namespace storeward {

// The source of the agent's own events (stream `ops`), and the driver name of its own cursors. No
// configured driver may bear it.
inline constexpr const char* own_source = "agent";

// Who says what: (source, id, revision) names an event once and for all.
struct EventIdentity {
  std::string source;  // the client's own name, short form
  std::string id;
  std::string revision;  // decimal text, "1" where the source gives none, empty: given wrongly
};

// 64-bit digests for the dedup index. key = the identity; content = the masked event in canonical
// form (RFC 8785) without traceparent. Equal key and content: a repeat. Equal key alone: a
// conflict.
struct EventDigests {
  std::uint64_t key = 0;
  std::uint64_t content = 0;
};

// What a sale or return adds to the totals of its register and business day.
struct DayDelta {
  std::string business_date;  // YYYY-MM-DD
  std::string register_id;
  std::uint32_t sales = 0;
  std::uint32_t returns = 0;
  std::int64_t gross_minor = 0;  // sales minus returns, in minor units of `currency`
  std::string currency;
  std::string completed_at;  // RFC 3339, as in the event
};

// The place a stock snapshot is about, and how fresh it is. Only for stream `levels`.
struct LevelKey {
  std::string place;  // location, item, lot and bucket joined by U+001F
  std::string as_of;  // RFC 3339 in UTC, fixed width: compares as text
};

// Where a driver found an item. All empty for what came through POST /v1/events. No card data.
struct Origin {
  std::string driver;         // as configured
  std::string place;          // for a person: "sales-0312.csv line 14"
  std::string template_name;  // the template that read it; empty: it came as a CloudEvent
  std::string template_version;
  std::string template_extends{};  // "csv-sales 2", of several the nearest first; empty: nothing
  // What the source said beside the record ({value = "name"} in a template), a JSON object of text.
  // Of exceptions only, which may be mapped again.
  std::string given{};
};

struct Event {
  EventIdentity identity;
  EventDigests digests;
  Stream stream = Stream::sales;
  std::string type;
  std::string bytes;  // as published, fixed-width fields not yet stamped
  std::optional<DayDelta> day;
  std::optional<LevelKey> level;
  std::optional<ReceiptFacts> receipt;
  std::optional<VoidedReceipt> voids;
  std::optional<CloseFacts> close;
  std::optional<UsedNumber> used;
  std::uint32_t data_at = 0, data_end = 0;  // the value of `data` in `bytes`
  Origin origin{};                          // for the exception it may become
};

// A readable item that cannot become an event. Kept (masked) for a person as an exception.
struct Rejected {
  EventIdentity identity;  // empty strings where the item was not readable that far
  EventDigests digests;    // key is the digest of the content where there is no identity
  std::string reason;      // with the place: "data.lines[2].quantity.unit: missing"
  std::string masked;      // what was handed in, masked; empty if masking failed (fails closed)
  Origin origin{};
};

enum class ItemStatus : std::uint8_t {
  stored,
  duplicate,
  quarantined,
  conflict,
  ignored,  // its driver's template says that it does not count; never from the store
  refused   // nothing of the delivery was kept: no space now, retry later (503)
};

// The answer for one item of a delivery, given after the commit.
struct ItemOutcome {
  ItemStatus status = ItemStatus::stored;
  std::string id;
  std::optional<Stream> stream;  // stored, duplicate
  Sequence sequence = 0;         // 0: none (levels, quarantined)
  std::uint64_t exception = 0;   // 0: none
  std::string reason;
};

}  // namespace storeward
