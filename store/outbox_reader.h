// OutboxReader: a read-only connection for the forwarder's batches and the command line's
// questions. Owned by the reader thread. No read transaction outlives a call; each call reads a
// bounded amount.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store/outbox.h"
#include "store/register_day.h"

namespace storeward::store {

struct StoredEvent {
  StreamKey stream;
  Sequence sequence = 0;  // 0: a snapshot that has none until it is sent
  std::string bytes;      // as published
  bool withheld = false;
};

struct Exception {
  std::uint64_t number = 0;
  std::string state;  // open, retried, discarded, superseded
  std::string kind;   // quarantined, conflict, withheld, rejected
  std::string source, id, revision, reason, masked, at;  // at: RFC 3339
  std::uint64_t times = 1;      // handed in, repeats after a restart of its source among them
  std::string last_at;          // when for the last time; empty: once
  std::string first_reason;     // where a retry has failed for another one since, which is `reason`
  std::string retry_failed_at;  // the last one that failed; empty: none has
  std::optional<StreamKey> stream;  // withheld, rejected, conflict
  Sequence sequence = 0;
  Origin origin;
  std::string note;  // why it was discarded
};

// Which exceptions; empty texts leave the choice open.
struct ExceptionFilter {
  std::uint64_t from = 1;  // number
  std::size_t limit = 50;
  std::string driver, state;
  std::string reason_contains;  // letter case does not count
  bool with_text = true;        // else `masked` stays empty: a thousand may be as many megabytes
};

// The exceptions behind a number that the hub is to hear of: the first of them, how many more, and
// the number up to which that is all.
struct Unannounced {
  std::vector<Exception> first;
  std::uint64_t more = 0, through = 0;
};

struct AuditLine {
  std::uint64_t number = 0;
  std::string record;  // JSON, exactly as it is chained
  std::string chain;   // hex
};

struct VerifyFinding {
  std::string place;  // "epoch … stream sales sequence 4711"
  std::string what;
  bool in_audit = false;  // a person's doing: nothing that a salvage could mend
};

struct VerifyReport {
  std::uint64_t events = 0;
  std::vector<VerifyFinding> findings;  // empty: clean
};

// Numbers at the end of a stream that outbox.tail knows to have been committed.
struct MissingEnd {
  StreamKey stream;
  Range range;
};

class OutboxReader {
 public:
  static StoreResult<OutboxReader> open(const OutboxOptions& options);

  // For a box on which no agent runs: holds the directory's lock for as long as it lives. Fails
  // with `locked` where an agent owns it.
  static StoreResult<OutboxReader> open_unattended(const OutboxOptions& options);

  ~OutboxReader();
  OutboxReader(OutboxReader&&) noexcept;

  StoreResult<Message> read(const ReadRequest& request);
  StoreResult<std::optional<Sha256>> hash_at(const StreamKey& stream, Sequence sequence);

  StoreResult<std::vector<StreamState>> streams();
  StoreResult<std::vector<StoredEvent>> list(const StreamKey& stream, Sequence from,
                                             std::size_t limit);
  StoreResult<std::vector<StoredEvent>> find(std::string_view id);  // all sources and revisions
  StoreResult<std::vector<Exception>> exceptions(const ExceptionFilter& filter);
  StoreResult<std::optional<Exception>> exception(std::uint64_t number);
  StoreResult<std::vector<std::string>> exception_drivers();  // by name; the first thousand
  StoreResult<Unannounced> unannounced(std::uint64_t after, std::size_t limit);
  StoreResult<std::vector<AuditLine>> audit(std::uint64_t from, std::size_t limit);

  // What a driver has noted, without keep_days; those behind `after_key`, by key.
  StoreResult<std::optional<std::string>> source_cursor(std::string_view driver,
                                                        std::string_view key);
  StoreResult<std::vector<SourceCursor>> source_cursors(std::string_view driver,
                                                        std::string_view after_key,
                                                        std::size_t limit);

  // Registers' business days that have changed, in the order of their latest change.
  StoreResult<std::vector<RegisterDay>> register_days(std::uint64_t after_touched,
                                                      std::size_t limit);
  StoreResult<RegisterDayBook> register_day(const RegisterDay& day);

  // Empty beside an agent that runs and whose files are in their place.
  StoreResult<std::vector<MissingEnd>> missing_ends();

  // Hash chain, sequence gaps, the streams' ends, SQLite's integrity check. Bounded memory; calls
  // `progress` now and then.
  StoreResult<VerifyReport> verify(const std::function<void(std::uint64_t events)>& progress);

  struct State;  // private to store/

 private:
  explicit OutboxReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace storeward::store
