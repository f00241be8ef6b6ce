// Upkeep: pruning, dedup segments, checkpoint, vacuum. Each call is one small step.
#include <algorithm>
#include <limits>

#include "store/outbox_state.h"

namespace storeward::store {
namespace {

constexpr std::int64_t least_horizon_ms = std::int64_t{7} * 24 * 3600 * 1000;
// What pruning frees is used again a moment later: to move pages for less would be to write for
// nothing.
constexpr std::uint64_t vacuum_from_bytes = 16 << 20;
constexpr int vacuum_step_pages = 128;

}  // namespace

std::int64_t Outbox::State::horizon_ms() const {
  return std::max(least_horizon_ms,
                  std::int64_t{std::chrono::duration_cast<Millis>(options.keep).count()});
}

void Outbox::State::write_dedup_segment() {
  dedup.write_segment();
  for (auto& [number, row] : streams.rows()) {
    if (row.merged_through == row.last) continue;
    row.merged_through = row.last;
    streams.save(number);
  }
}

bool Outbox::State::prune_run(StreamNumber stream, bool early) {
  StreamRow& row = streams.at(stream);
  if (row.confirmed <= row.pruned_through) return false;
  const auto oldest = runs.outline_at_or_after(stream, row.pruned_through + 1);
  if (!oldest || oldest->last > row.confirmed) return false;
  const auto keep_ms = std::chrono::duration_cast<Millis>(options.keep).count();
  if (!early && retention.now_ms() - oldest->kept_ms < keep_ms) return false;
  if (!db.in_transaction()) return true;  // only asked whether
  if (oldest->last > row.merged_through) write_dedup_segment();
  runs.erase(oldest->key);
  row.pruned_through = oldest->last;
  row.pruned_chain = oldest->chain;
  return true;
}

std::optional<CommittedStream> Outbox::State::prune_step(bool early) {
  // Round the streams, from where the last step stopped; nothing is written unless there is work.
  auto& rows = streams.rows();
  auto at = rows.lower_bound(prune_next);
  for (std::size_t tried = 0; tried < rows.size(); ++tried) {
    if (at == rows.end()) at = rows.begin();
    const StreamNumber stream = at->first;
    StreamRow& row = at->second;
    ++at;
    if (!early && clock.now() < row.prune_after) continue;
    if (!prune_run(stream, early)) continue;
    Transaction transaction(db);
    std::size_t pruned = 0;
    while (pruned < tuning.prune_runs && prune_run(stream, early)) ++pruned;
    streams.save(stream);
    streams.prune_absent(stream);
    transaction.commit();
    prune_next = stream;
    if (pruned < tuning.prune_runs) {
      row.prune_after = clock.now() + tuning.prune_pause;
      prune_next.stream = static_cast<Stream>((index_of(stream.stream) + 1) % stream_count);
    }
    return CommittedStream{key_of(stream), streams.at(stream).head(), {}};
  }
  return std::nullopt;
}

// An old epoch that holds nothing any more goes; its number and its dedup entries stay valid.
bool Outbox::State::drop_empty_epoch() {
  for (const EpochRow& epoch : streams.epochs()) {
    if (epoch.number == streams.current().number) continue;
    const bool empty = std::ranges::all_of(all_streams, [&](Stream stream) {
      const StreamRow& row = streams.at({epoch.number, stream});
      return row.last == row.pruned_through;
    });
    if (!empty) continue;
    Transaction transaction(db);
    streams.drop_epoch(epoch.number);
    transaction.commit();
    return true;
  }
  return false;
}

// What is kept for people and drivers, and has been kept long enough.
bool Outbox::State::expire_step() {
  const std::int64_t now = retention.now_ms();
  const auto before = [now](std::chrono::hours keep) {
    return now - std::int64_t{std::chrono::duration_cast<Millis>(keep).count()};
  };
  const std::int64_t exceptions_before = before(options.keep_exceptions);
  const std::int64_t audit_before = before(options.keep_audit);
  const bool cursors_due = source_cursors.expires(now);
  const bool exceptions_due = exceptions.expires(exceptions_before);
  const bool audit_due = audit.prunable(audit_before);
  if (!cursors_due && !exceptions_due && !audit_due) return false;
  Transaction transaction(db);
  if (cursors_due) source_cursors.expire_step(now);
  if (exceptions_due) exceptions.expire_step(exceptions_before);
  if (audit_due) audit.prune_step(audit_before);
  transaction.commit();
  return true;
}

UpkeepStep Outbox::State::maintain() {
  look_at_files();
  if (!files_gone.empty()) return rescue_step();
  disk.measure_if_due(dedup.segment_bytes());
  if (retention.save_due()) {
    Transaction transaction(db);
    retention.save();
    days.prune(tuning.days);
    receipts.expire_step(retention.now_ms() - horizon_ms());
    transaction.commit();
  }
  if (db.wal_pages() >= tuning.checkpoint_pages) {
    checkpoint();
    return {true, std::nullopt};
  }
  disk.keep_reserve();
  if (auto pruned = prune_step(disk.pressure() >= Pressure::prune_early)) {
    return {true, std::move(pruned)};
  }
  if (drop_empty_epoch()) return {true, std::nullopt};

  std::int64_t expire_before = retention.now_ms() - horizon_ms();
  if (dedup.expires(expire_before)) {
    // As long as the event is in the outbox, at least.
    for (const auto& [number, row] : streams.rows()) {
      const auto oldest = runs.outline_at_or_after(number, row.pruned_through + 1);
      if (oldest) expire_before = std::min(expire_before, oldest->kept_ms);
    }
  }
  if (dedup.expires(expire_before) || dedup.has_work(horizon_ms())) {
    Transaction transaction(db);
    dedup.expire(expire_before);
    dedup.step(horizon_ms());
    transaction.commit();
    return {true, std::nullopt};
  }
  if (expire_step()) return {true, std::nullopt};
  if (disk.unused_bytes() >= vacuum_from_bytes) {
    db.execute("PRAGMA incremental_vacuum(" + std::to_string(vacuum_step_pages) + ")");
    disk.measure(dedup.segment_bytes());
    return {true, std::nullopt};
  }
  return {};
}

}  // namespace storeward::store
