#include "store/outbox.h"

#include <algorithm>

#include "store/database_pages.h"
#include "store/file_system.h"
#include "store/outbox_state.h"
#include "store/reserve.h"
#include "store/salvage.h"
#include "store/salvage_source.h"

namespace storeward::store {

Outbox::State::Prepared::Prepared(Connection& db, const OutboxOptions& options,
                                  const Tuning& tuning) {
  prepare_schema(db, tuning, options.max_bytes);
}

Outbox::State::State(const OutboxOptions& given, const Clock& given_clock)
    : options(given),
      tuning(given.tuning ? *given.tuning : Tuning{}),
      clock(given_clock),
      lock(options.directory),
      room(options.directory / "outbox.db"),
      db(options.directory / "outbox.db", Connection::Mode::read_write, options.vfs),
      prepared(db, options, tuning),
      runs(db),
      streams(db, runs),
      dedup(db, tuning),
      exceptions(db, tuning,
                 options.max_exceptions != 0 ? options.max_exceptions : tuning.exceptions),
      audit(db, tuning),
      source_cursors(db, tuning),
      levels(db),
      days(db),
      receipts(db),
      retention(db, clock),
      disk(db, room, options, clock) {
  check_tail();
  settle_identity();
  load_recent_digests();
  for (const auto& [number, row] : streams.rows()) published_at_open[number] = row.published;
  finish_fork([] {});
  for (const auto& [number, row] : streams.rows()) {
    const auto newest = runs.newest(number);
    if (newest)
      status.newest_at_open =
          std::max(status.newest_at_open, WallTime(Millis(newest->accepted_ms)));
  }
  if (options.vfs.empty()) {
    tail.emplace(options.directory);
    files.emplace(options.directory / "outbox.db");
  }
  note_tail();
  refresh_status();
}

// Before the identity is settled: a copy is no loss, a part of one is.
void Outbox::State::check_tail() {
  if (!options.vfs.empty() || fork_pending()) return;  // a fork moves the ends
  const auto noted = read_tail(options.directory);
  if (!noted) return;
  for (const Stream stream : all_streams) {
    const StreamRow* row = streams.find({noted->epoch, stream});
    const Sequence last = row ? row->last : 0;
    const Sequence noted_last = noted->streams[index_of(stream)].last;
    if (last >= noted_last) continue;
    throw Failure(StoreFailure::corrupt,
                  "outbox.db: " + std::string(name_of(stream)) + " ends at " +
                      std::to_string(last) + " and has been at " + std::to_string(noted_last) +
                      ": the newest commits are gone (was outbox.db-wal cut or deleted?)");
  }
}

void Outbox::State::note_tail() {
  if (!tail) return;
  Tail now{streams.current().number, streams.current().uuid, {}};
  for (const Stream stream : all_streams) {
    const StreamRow& row = streams.at({now.number, stream});
    now.streams[index_of(stream)] = {row.last, row.confirmed, row.pruned_through, row.pruned_chain};
  }
  tail->write(now);
}

Epoch Outbox::State::new_epoch_name() {
  const std::uint64_t seed = options.seed == 0 ? 0 : options.seed + ++epochs_made * 0x10001;
  Epoch name = make_epoch(clock.wall(), seed);
  // A seeded name may have been made by an earlier run of the same test.
  while (streams.epoch_named(name)) {
    name = make_epoch(clock.wall(), options.seed + ++epochs_made * 0x10001);
  }
  return name;
}

void Outbox::State::settle_identity() {
  const Identity here = identity_of(options.directory / "outbox.db", options.machine_id);
  std::string reason = moved(db, here);
  if (streams.epochs().empty()) reason = "a new outbox";
  try {
    Transaction transaction(db);
    if (!reason.empty()) streams.begin_epoch(new_epoch_name(), clock.wall(), reason);
    remember(db, here);
    retention.save();
    transaction.commit();
  } catch (const Failure& failure) {
    // Without a new epoch there is nothing that cannot wait for room on the disk.
    if (failure.error().kind != StoreFailure::full || !reason.empty()) throw;
  }
}

// After a full disk: the reserve goes, and what the WAL holds goes where its room is held, so that
// the WAL can begin again and needs no more of the disk. What is in memory is read again.
void Outbox::State::on_full() {
  disk.on_full();
  try {
    checkpoint();
  } catch (const Failure& failure) {
    if (failure.error().kind != StoreFailure::full) throw;
  }
  load();
}

void Outbox::State::checkpoint() {
  db.checkpoint();
  if (files) files->note_length();
  room.forget();
  disk.leaves_room(dedup.segment_bytes());  // holds again what upkeep will need
}

void Outbox::State::load() {
  streams.load();
  dedup.load();
  load_recent_digests();
  exceptions.load();
  audit.load();
  source_cursors.load();
  receipts.load();
  levels.load();
  days.load();
}

void Outbox::State::load_recent_digests() {
  // Bounded: more than Tuning::dedup_recent of them would have become a segment.
  Query query(db, "SELECT key,kept_ms,digests FROM run WHERE key BETWEEN ?1 AND ?2 ORDER BY key");
  for (const auto& [number, row] : streams.rows()) {
    if (row.merged_through >= row.last) continue;
    const auto first = runs.outline_at_or_after(number, row.merged_through + 1);
    if (!first) continue;
    Query::Rows rows = query.rows(first->key, place_of(number, max_sequence));
    while (rows.next()) {
      const auto key = static_cast<Place>(rows.integer(0));
      const std::string_view digests = rows.blob(2);
      for (std::size_t i = 0; i < digests.size() / run_digest_bytes; ++i) {
        const RunDigest digest = digest_at(digests, i);
        dedup.add({digest.digests.key, digest.digests.content, key + i}, rows.integer(1));
      }
    }
  }
}

void Outbox::State::refresh_status() {
  disk.measure(dedup.segment_bytes());
  status.state = files_gone.empty() ? disk.state() : StoreState::damaged;
  status.files_gone = files_gone;
  if (!files_gone.empty() && !no_rescue.empty()) {
    status.files_gone += "; what it holds cannot be written anew: " + no_rescue;
  }
  status.epoch = streams.current().uuid;
  status.streams.clear();
  status.oldest_waiting.clear();
  const auto add = [this](StreamNumber number, const StreamRow& row) {
    status.streams.push_back({key_of(number), row.head()});
    status.oldest_waiting.push_back(WallTime(Millis(row.oldest_waiting_ms)));
  };
  const EpochNumber current = streams.current().number;
  for (const auto& [number, row] : streams.rows()) {
    if (number.epoch == current) add(number, row);
  }
  for (const auto& [number, row] : streams.rows()) {
    if (number.epoch != current && row.last > row.pruned_through) add(number, row);
  }
  status.days = days.newest();
  status.open_exceptions = exceptions.open_count();
  status.open_withheld = exceptions.open_count(ExceptionKind::withheld);
  status.open_rejected = exceptions.open_count(ExceptionKind::rejected);
  status.open_by_driver = exceptions.open_by_driver();
  status.newest_exception = exceptions.newest();
  status.levels_waiting = levels.waiting();
  status.bytes = disk.bytes();
  status.free_bytes = disk.free_bytes();
}

namespace {

// The tests' disks are no files.
bool can_be_salvaged(const OutboxOptions& options, const StoreError& error) {
  return error.kind == StoreFailure::corrupt && options.vfs.empty();
}

void salvage_if_damaged(const OutboxOptions& options, const Clock& clock) {
  if (!options.vfs.empty()) return;
  const DirectoryLock lock(options.directory);  // what another process writes just now is not torn
  put_rescued_in_place(options.directory);
  if (const std::string lost = lost_database(options.directory); !lost.empty()) {
    mark_damaged(options, lost);
  } else if (DatabasePages::wal_is_cut_within(options.directory / "outbox.db")) {
    mark_damaged(options, "outbox.db-wal is damaged between synced commits");
  } else if (is_of_another_outbox(options.directory / "outbox.db", options.source_root)) {
    mark_damaged(options, "outbox.db or outbox.db-wal is another outbox's: outbox.tail names us");
  }
  if (is_marked_damaged(options.directory)) salvage(options, clock);
}

std::unique_ptr<Outbox::State> open_state(const OutboxOptions& options, const Clock& clock) {
  try {
    return std::make_unique<Outbox::State>(options, clock);
  } catch (const Failure& failure) {
    if (failure.error().kind != StoreFailure::full || !give_up_reserve(options.directory)) throw;
  }
  return std::make_unique<Outbox::State>(options, clock);
}

}  // namespace

Outbox::Outbox(std::unique_ptr<State> state) : state_(std::move(state)) {}
Outbox::~Outbox() = default;
Outbox::Outbox(Outbox&&) noexcept = default;
Outbox& Outbox::operator=(Outbox&&) noexcept = default;

StoreResult<Outbox> Outbox::open(const OutboxOptions& options, const Clock& clock) {
  try {
    if (options.vfs.empty()) refuse_network_share(options.directory);
    salvage_if_damaged(options, clock);
    try {
      return Outbox(open_state(options, clock));
    } catch (const Failure& failure) {
      if (!can_be_salvaged(options, failure.error())) throw;
      mark_damaged(options, failure.error().message);
    }
    salvage_if_damaged(options, clock);
    return Outbox(open_state(options, clock));
  } catch (const Failure& failure) {
    return Unexpected<StoreError>{failure.error()};
  }
}

StoreResult<CommitReport> Outbox::commit(Batch& batch) {
  return state_->guarded<CommitReport>([&] { return state_->commit(batch); });
}

StoreResult<UpkeepStep> Outbox::maintain() {
  return state_->guarded<UpkeepStep>([&] { return state_->maintain(); });
}

StoreResult<OutboxStatus> Outbox::fork_epoch(const std::string& reason,
                                             const std::function<void()>& progress) {
  return state_->guarded<OutboxStatus>([&] {
    if (!state_->fork_under_way) state_->begin_fork(reason);
    state_->finish_fork(progress);
    state_->refresh_status();
    return state_->status;
  });
}

std::optional<StoreError> Outbox::close(const std::function<void()>& progress) {
  const auto closed = state_->guarded<bool>([&] {
    state_->close(progress);
    return true;
  });
  if (closed) return std::nullopt;
  return closed.error();
}

const OutboxStatus& Outbox::status() {
  if (!state_->dead) {
    try {
      state_->refresh_status();
    } catch (const Failure& failure) {
      state_->dead = failure.error();
      // Whoever hears `full` waits for room and does not open again.
      if (state_->dead->kind == StoreFailure::full) state_->dead->kind = StoreFailure::io;
      state_->status.state = StoreState::damaged;
    }
  }
  return state_->status;
}

}  // namespace storeward::store
