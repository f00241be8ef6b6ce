// OutboxReader: a read-only connection for the forwarder's batches and the command line's
// questions. Owned by the reader thread. No read transaction outlives a call; each call reads a
// bounded amount.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store/outbox.h"

namespace storeward::store {

struct StoredEvent {
  StreamKey stream;
  Sequence sequence = 0;
  std::string bytes;  // as published
  bool withheld = false;
};

struct Exception {
  std::uint64_t number = 0;
  std::string state;  // open, retried, discarded, superseded
  std::string kind;   // quarantined, conflict, withheld, rejected
  std::string source, id, revision, reason, masked, at;  // at: RFC 3339
  std::optional<StreamKey> stream;                       // withheld, rejected, conflict
  Sequence sequence = 0;
};

struct VerifyFinding {
  std::string place;  // "epoch … stream sales sequence 4711"
  std::string what;
};

struct VerifyReport {
  std::uint64_t events = 0;
  std::vector<VerifyFinding> findings;  // empty: clean
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
  StoreResult<std::vector<Exception>> exceptions(std::uint64_t from, std::size_t limit);
  StoreResult<std::optional<Exception>> exception(std::uint64_t number);

  // What a driver has noted, without keep_days; those behind `after_key`, by key.
  StoreResult<std::optional<std::string>> source_cursor(std::string_view driver,
                                                        std::string_view key);
  StoreResult<std::vector<SourceCursor>> source_cursors(std::string_view driver,
                                                        std::string_view after_key,
                                                        std::size_t limit);

  // Hash chain, sequence gaps, SQLite's integrity check. Bounded memory; calls `progress` now and
  // then.
  StoreResult<VerifyReport> verify(const std::function<void(std::uint64_t events)>& progress);

  struct State;  // private to store/

 private:
  explicit OutboxReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace storeward::store
