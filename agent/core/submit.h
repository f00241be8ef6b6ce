// Submit: how a driver hands admitted items to the store and hears what became of them, and how it
// finds its own place again after a restart.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/result.h"
#include "agent/core/admission.h"
#include "agent/core/event.h"
#include "agent/core/operator_action.h"

namespace storeward {

// A driver's durable note about its source, under a key of the driver's own: how many records of
// the file with this content are done, up to which row a table has been read. It becomes durable
// in the same transaction as the delivery that carries it, or not at all. The later word on a key
// replaces the earlier.
struct SourceCursor {
  static constexpr std::size_t longest_driver = 64, longest_key = 256, longest_value = 4096;

  std::string driver;            // as configured; drivers do not see each other's cursors
  std::string key, value;        // bytes, at most as long as said above
  std::optional<int> keep_days;  // from now on, by the retention clock; none: until it is gone
  bool gone = false;             // forget the key
};

// What belongs together: all of it becomes durable in one transaction, or nothing of it.
struct Delivery {
  std::vector<AdmittedItem> items;
  std::vector<SourceCursor> cursors;
  std::vector<UsedNumber> numbers{};  // by records that are no receipts

  // The open exceptions that it settles, by number: they become `retried`. Such a delivery is kept
  // only if these are open and all of its items end as stored or duplicate; else it is refused and
  // they stay open.
  std::vector<std::uint64_t> settles{};
  std::optional<AuditEntry> audit{};  // written if it is kept
};

std::size_t bytes_of(const AdmittedItem& item);   // of the event, or of what is kept of it
std::size_t weight_of(const Delivery& delivery);  // the bytes that it takes while it waits

// For how long a source waits before it hands in again: space comes back slowly, a queue is short.
inline constexpr std::uint32_t refused_retry_s = 30, queue_full_retry_s = 1;
// The same for who asks from within the agent, where it costs nothing.
inline constexpr Millis full_queue_pause{50};

// Nothing of the delivery was kept; handing it in again later may succeed.
struct SubmitFailure {
  std::string reason;  // for the answer: what, in plain words
  std::uint32_t retry_after_s = 5;
};

// One outcome per item, in order, all of them durable, or all of them refused.
using SubmitResult = Result<std::vector<ItemOutcome>, SubmitFailure>;

// What says why nothing of the delivery was kept; null: all of it was. It is refused as a whole, so
// the first item speaks for all.
const ItemOutcome* refusal_in(const std::vector<ItemOutcome>& outcomes);

using Submitted = std::function<void(SubmitResult)>;

// Called and answered on the io thread; answered exactly once if it returned true. False: the queue
// is full, nothing was taken.
using Submit = std::function<bool(Delivery&&, Submitted)>;

// How a driver reads its cursors. Callable from any thread, answered exactly once on the io thread;
// a driver with a thread of its own may wait for the answer there. False: too many questions wait,
// ask again.
struct SourceCursors {
  using Found = std::function<void(Result<std::optional<std::string>>)>;  // the value
  using Listed = std::function<void(Result<std::vector<SourceCursor>>)>;  // without keep_days

  std::function<bool(std::string driver, std::string key, Found)> find;
  // Those behind `after_key` ("": from the first on), by key; at most `limit`.
  std::function<bool(std::string driver, std::string after_key, std::size_t limit, Listed)> list;
};

}  // namespace storeward
