// What an open OutboxReader consists of. Included by outbox_reader.cpp, event_reading.cpp
// and verify.cpp only.
#pragma once

#include <memory>

#include "store/file_watch.h"
#include "store/identity.h"
#include "store/outbox_reader.h"
#include "store/run.h"
#include "store/schema.h"
#include "store/stream_table.h"

namespace storeward::store {

struct ReadStream {
  StreamNumber number;
  Sequence pruned_through = 0;
  Sha256 pruned_chain{};
};

// How far `verify` has come in a stream: what the next event must continue.
struct VerifyPlace {
  Sequence sequence = 1;
  Sha256 chain{};
};

// One consistent view over several statements; short.
class Snapshot {
 public:
  explicit Snapshot(Connection& db) : db_(db) { db_.execute("BEGIN"); }
  ~Snapshot() {
    try {
      db_.execute("ROLLBACK");
    } catch (const Failure&) {
      // Nothing was written; the failure that matters is on its way already.
    }
  }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

 private:
  Connection& db_;
};

struct OutboxReader::State {
  State(const OutboxOptions& given, std::unique_ptr<DirectoryLock> held);

  struct Checked {  // before the members below prepare their statements
    Checked(Connection& db, const OutboxOptions& options);
  };

  const OutboxOptions options;
  const std::unique_ptr<DirectoryLock> lock;  // none where the outbox's owner holds it
  Connection db;
  Checked checked;
  RunTable runs;
  Query cursor, absent;
  std::optional<FileWatch> files;  // none on the tests' disks

  std::optional<ReadStream> find(const StreamKey& key);
  std::vector<Range> absent_in(StreamNumber stream, Range range);
  Message read(const ReadRequest& request);
  std::optional<Sha256> hash_at(const StreamKey& key, Sequence sequence);
  std::vector<StoredEvent> list(const StreamKey& key, Sequence from, std::size_t limit);
  std::vector<StoredEvent> find_id(std::string_view id);
  std::vector<StoredEvent> find_waiting_level(std::string_view id);
  VerifyReport verify(const std::function<void(std::uint64_t)>& progress);
  std::vector<MissingEnd> missing_ends();
  Sequence kept_by_fork(StreamNumber stream);
  void follow_stream(const StreamKey& key, VerifyPlace& at, VerifyReport& report,
                     const std::function<void(std::uint64_t)>& progress);
};

}  // namespace storeward::store
