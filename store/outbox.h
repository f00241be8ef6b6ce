// Outbox: the durable queue. One SQLite file, one read-write connection, one owner (the store
// thread; the simulator calls it directly). Every method is one transaction or less; none blocks on
// anything but the disk.
//
// Invariants
//  - What commit() reported as stored survives kill -9, OS crash and power cut (WAL,
//  synchronous=FULL).
//  - Within an epoch a stream's sequences have no gap, follow the order of commit and are never
//  used
//    twice for different content.
//  - The confirmed cursor never passes an event that the hub has not confirmed, and never goes
//  back.
//  - A source's cursor and the events of its delivery are both there or both absent.
//  - Only confirmed rows are pruned. Cost does not depend on how much waits.
//  - While its files are not where they were opened nothing is accepted (decision 0020).
//  - After an I/O error the connection is dead: every call fails until the directory is opened
//  again.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "agent/core/event.h"
#include "agent/core/forwarder.h"
#include "agent/core/message.h"
#include "agent/core/operator_action.h"
#include "agent/core/submit.h"

namespace storeward::store {

enum class StoreFailure : std::uint8_t {
  io,            // disk error: stop answering, exit 74, restart
  full,          // no space or the configured bound: refuse, keep draining
  locked,        // another process owns the directory
  newer_schema,  // written by a newer program
  read_only,
  corrupt,
  absent,  // nobody has made an outbox in this directory yet
  invalid  // cannot be opened as configured (wrong pragma, no directory)
};

struct StoreError {
  StoreFailure kind;
  std::string message;  // what, where and the next step
};

template <typename T>
using StoreResult = Result<T, StoreError>;

struct Tuning;

struct OutboxOptions {
  std::filesystem::path directory;  // holds outbox.db, -wal, -shm, lock, reserve
  std::chrono::hours keep{7 * 24};
  std::chrono::hours keep_exceptions{90 * 24};  // closed ones
  std::size_t max_exceptions = 0;               // 0: as many as Tuning says
  std::chrono::hours keep_audit{400 * 24};
  std::uint64_t max_bytes = 0;              // of outbox.db; 0: bounded by the disk only
  std::uint64_t reserve_bytes = 64u << 20;  // a file given up when the disk is full
  std::string machine_id;                   // a change begins a new epoch
  std::string source_root;                  // /{tenant}/{site}/{agent}/; empty: not asked
  std::string vfs;                          // empty: SQLite's own; the tests name theirs
  std::uint64_t seed = 0;                   // for the epoch's UUIDv7; 0: from the system
  const Tuning* tuning = nullptr;           // tests only: smaller internal bounds (tuning.h)
};

enum class StoreState : std::uint8_t { ok, low, full, read_only, damaged };

constexpr bool takes_deliveries(StoreState state) {
  return state == StoreState::ok || state == StoreState::low;
}

// One transaction's worth of work: everything that waits goes into one commit.
struct Batch {
  std::vector<Delivery> deliveries;
  std::vector<CursorSave> cursors;
  std::vector<Withhold> withheld;
  std::vector<HubRejected> rejected;
  std::vector<OperatorAction> actions;
  bool take_levels = false;
};

struct CommittedStream {
  StreamKey stream;
  StreamHead head;                // after the commit
  std::vector<Message> messages;  // the new events, ready to publish
};

struct CommitReport {
  std::vector<std::vector<ItemOutcome>> outcomes;  // one per delivery, in order
  std::vector<std::string> refusals;               // one per delivery: why; empty: it is kept
  std::vector<std::string> action_refusals;        // one per operator action: the same
  std::vector<CommittedStream> streams;            // only those that grew or changed
  bool levels_waiting = false;
};

struct DayTotals {
  std::string business_date, register_id, currency, last_sale;
  std::int64_t sales = 0, returns = 0;  // of what is still to be added also below 0
  std::int64_t gross_minor = 0;
};

struct UpkeepStep {
  bool more = false;                      // there is more to do
  std::optional<CommittedStream> pruned;  // a stream that begins later now; no messages
};

// From memory, O(streams + days): cheap enough for every status request.
struct OutboxStatus {
  StoreState state = StoreState::ok;
  std::string files_gone;  // which, and what is done about it, in words; empty: all in their place
  Epoch epoch;
  std::vector<StreamState> streams;      // all epochs that still hold something, current first
  std::vector<WallTime> oldest_waiting;  // acceptance time per entry of `streams`; epoch 0 if none
  std::vector<DayTotals> days;           // the newest 31 business days
  std::uint64_t open_exceptions = 0;
  std::uint64_t open_withheld = 0, open_rejected = 0;  // of these; about events in the outbox
  std::vector<std::pair<std::string, std::uint64_t>> open_by_driver;  // "": POST /v1/events
  std::uint64_t newest_exception = 0;                                 // its number; 0: none yet
  std::uint64_t levels_waiting = 0;
  std::uint64_t bytes = 0, free_bytes = 0;
  WallTime newest_at_open{};  // when the newest event was accepted that was there at opening
};

class Outbox {
 public:
  static StoreResult<Outbox> open(const OutboxOptions& options, const Clock& clock);
  ~Outbox();
  Outbox(Outbox&&) noexcept;
  Outbox& operator=(Outbox&&) noexcept;

  // All or nothing. On failure nothing of the batch may be answered as stored, and its upkeep
  // (cursors, withheld, rejected, take_levels) is as it was given: it can be committed again. The
  // deliveries may have been stamped and must not be; their senders come again, and so do the
  // people behind the actions.
  StoreResult<CommitReport> commit(Batch& batch);

  // One small bounded step of upkeep (pruning, dedup merging, checkpoint, vacuum).
  StoreResult<UpkeepStep> maintain();

  // The outbox is an older copy: begin a new epoch; events never published before this process
  // began move there, in order; earlier ones stay under theirs. Returns the new state of all
  // streams. Takes its time where much waits, and calls `progress` at every small step. Where the
  // disk is full half-way nothing is committed until it has been called again and is through.
  StoreResult<OutboxStatus> fork_epoch(const std::string& reason,
                                       const std::function<void()>& progress);

  const OutboxStatus& status();

  // The polite end. Files that are gone are written anew first, all of them in one go; that, too,
  // is an error: the next open finds something else than was left.
  std::optional<StoreError> close(const std::function<void()>& progress);

  struct State;  // private to store/

 private:
  explicit Outbox(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace storeward::store
