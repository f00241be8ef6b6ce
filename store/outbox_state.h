// What an open Outbox consists of. Included by the outbox_*.cpp files only. Store thread.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "store/audit_table.h"
#include "store/database_room.h"
#include "store/day_table.h"
#include "store/dedup_index.h"
#include "store/disk_guard.h"
#include "store/exception_table.h"
#include "store/file_watch.h"
#include "store/identity.h"
#include "store/level_table.h"
#include "store/outbox.h"
#include "store/receipt_table.h"
#include "store/rescue.h"
#include "store/retention_clock.h"
#include "store/run.h"
#include "store/salvage.h"
#include "store/schema.h"
#include "store/source_cursor_table.h"
#include "store/stream_table.h"
#include "store/tail_file.h"

namespace storeward::store {

struct Outbox::State {
  State(const OutboxOptions& given, const Clock& given_clock);

  struct Prepared {  // the schema must stand before the members below prepare their statements
    Prepared(Connection& db, const OutboxOptions& options, const Tuning& tuning);
  };

  OutboxOptions options;
  Tuning tuning;
  const Clock& clock;
  DirectoryLock lock;
  DatabaseRoom room;
  Connection db;
  Prepared prepared;
  RunTable runs;
  StreamTable streams;
  DedupIndex dedup;
  ExceptionTable exceptions;
  AuditTable audit;
  SourceCursorTable source_cursors;
  LevelTable levels;
  DayTable days;
  ReceiptTable receipts;
  RetentionClock retention;
  DiskGuard disk;
  std::optional<TailFile> tail;    // none on the tests' disks
  std::optional<FileWatch> files;  // the same
  std::string files_gone;          // in words; empty: they are in their place
  std::optional<Rescue> rescue;    // under way
  std::string no_rescue;           // why the last attempt came to nothing
  Instant rescue_next{};           // at the earliest
  std::map<StreamNumber, Sequence> published_at_open;
  std::optional<StoreError> dead;
  std::uint64_t epochs_made = 0;
  bool fork_under_way = false;  // planned and, the disk being full, not through
  StreamNumber prune_next{};    // where the next pruning step looks
  OutboxStatus status;

  // Runs `work` and turns a Failure into the answer. After anything but a full disk the outbox is
  // dead; after a rollback what is in memory is read again.
  template <typename T, typename Work>
  StoreResult<T> guarded(Work work);

  void load();
  void checkpoint();
  void on_full();
  void check_tail();
  void note_tail();
  void look_at_files();
  bool try_rescue();
  UpkeepStep rescue_step();
  void close(const std::function<void()>& progress);
  void load_recent_digests();
  void settle_identity();
  Epoch new_epoch_name();
  CommitReport commit(Batch& batch);
  UpkeepStep maintain();
  std::optional<CommittedStream> prune_step(bool early);
  bool prune_run(StreamNumber stream, bool early);
  bool drop_empty_epoch();
  bool expire_step();
  void write_dedup_segment();
  std::int64_t horizon_ms() const;
  void begin_fork(const std::string& reason);
  bool fork_pending();
  void fork_step();
  void finish_fork(const std::function<void()>& progress);
  void refresh_status();
  StreamKey key_of(StreamNumber number) const {
    return {streams.epoch(number.epoch).uuid, number.stream};
  }
};

template <typename T, typename Work>
StoreResult<T> Outbox::State::guarded(Work work) {
  if (dead) return Unexpected<StoreError>{*dead};
  try {
    return work();
  } catch (const Failure& failure) {
    StoreError error = failure.error();
    if (error.kind == StoreFailure::full) {
      try {
        on_full();
        return Unexpected<StoreError>{error};
      } catch (const Failure& second) {
        error = second.error();
        // Dead is never `full`: whoever hears `full` waits for room and does not open again.
        if (error.kind == StoreFailure::full) error.kind = StoreFailure::io;
      }
    }
    if (error.kind == StoreFailure::corrupt) mark_damaged(options, error.message);
    status.state =
        error.kind == StoreFailure::read_only ? StoreState::read_only : StoreState::damaged;
    dead = error;
    return Unexpected<StoreError>{error};
  }
}

}  // namespace storeward::store
