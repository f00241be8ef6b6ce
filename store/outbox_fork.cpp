// A new epoch for events that were never published. The plan (table `fork`) and the new epoch are
// one transaction; then run after run moves, each in its own. A crash in between goes on at the
// next open.
#include "agent/core/event_layout.h"
#include "store/outbox_state.h"

namespace storeward::store {

bool Outbox::State::fork_pending() {
  return db.integer("SELECT count(*) FROM fork") != 0;
}

void Outbox::State::begin_fork(const std::string& reason) {
  Transaction transaction(db);
  Query plan(db, "INSERT INTO fork(epoch_no,stream,keep_through) VALUES(?1,?2,?3)");
  for (auto& [number, row] : streams.rows()) {
    // What was published by this process before it knew better is moved too: the hub may hold
    // something else under these numbers.
    const Sequence keep = std::max(published_at_open[number], row.pruned_through);
    if (row.last > keep) plan.run(number.epoch, static_cast<int>(number.stream), keep);
  }
  streams.begin_epoch(new_epoch_name(), clock.wall(), reason);
  transaction.commit();
  fork_under_way = true;
  note_tail();  // the ends of the old epoch move from here on
}

void Outbox::State::finish_fork(const std::function<void()>& progress) {
  while (fork_pending()) {
    fork_step();
    if (db.wal_pages() >= tuning.checkpoint_pages) checkpoint();
    progress();
  }
  fork_under_way = false;
}

// Moves one run (or the rest of it) of the first planned stream; takes the stream off the plan when
// nothing is left above its bound.
void Outbox::State::fork_step() {
  StreamNumber from;
  Sequence keep = 0;
  {
    Query next(db, "SELECT epoch_no,stream,keep_through FROM fork ORDER BY 1,2 LIMIT 1");
    Query::Rows rows = next.rows();
    if (!rows.next()) return;
    from = {static_cast<EpochNumber>(rows.integer(0)), static_cast<Stream>(rows.integer(1) & 7)};
    keep = static_cast<Sequence>(rows.integer(2));
  }
  const StreamNumber to{streams.current().number, from.stream};
  StreamRow& old = streams.at(from);
  StreamRow& row = streams.at(to);
  Transaction transaction(db);
  const auto run = runs.at_or_after(from, keep + 1);
  if (!run) {
    // The old stream ends at its bound.
    old.confirmed = std::min(old.confirmed, keep);
    old.published = std::min(old.published, keep);
    old.merged_through = std::min(old.merged_through, keep);
    old.last = old.pruned_through;
    old.chain = old.pruned_chain;
    if (const auto newest = runs.newest(from)) {
      old.last = newest->last;
      old.chain = newest->chain;
    }
    std::erase_if(old.absent,
                  [keep](const AbsentRange& absent) { return absent.range.first > keep; });
    for (AbsentRange& absent : old.absent) {
      absent.range.last = std::min(absent.range.last, keep);
    }
    streams.save_absent(from);
    streams.save(from);
    Query done(db, "DELETE FROM fork WHERE epoch_no=?1 AND stream=?2");
    done.run(from.epoch, static_cast<int>(from.stream));
    transaction.commit();
    streams.refresh_oldest(from);
    streams.refresh_oldest(to);
    return;
  }
  const std::string plain = plain_of(*run);
  const auto before = runs.outline_at_or_before(from, run->first() - 1);
  Sha256 kept_chain = before ? before->chain : old.pruned_chain;
  RunBuilder kept;
  RunBuilder moved;
  const Epoch uuid = streams.current().uuid;
  const Sequence first = row.last + 1;
  for (RunEvents events(*run, plain); events.next();) {
    std::string bytes(events.event());
    const EventDigests digests = events.digest().digests;
    if (events.sequence() <= keep) {
      kept_chain = chain_next(kept_chain, sha256(bytes));
      kept.add(bytes, digests, kept_chain);
    } else if (!old.is_absent(events.sequence())) {  // withheld: it is an exception, not an event
      const std::string recorded(event_layout::recordedtime_of(bytes));
      event_layout::stamp(bytes, uuid, ++row.last, recorded);
      row.chain = chain_next(row.chain, sha256(bytes));
      moved.add(bytes, digests, row.chain);
      dedup.add({digests.key, digests.content, place_of(to, row.last)}, run->kept_ms);
    }
  }
  runs.erase(run->key);
  if (!kept.empty()) runs.insert(kept.finish(run->key, run->accepted_ms, run->kept_ms));
  if (!moved.empty()) {
    runs.insert(moved.finish(place_of(to, first), run->accepted_ms, run->kept_ms));
  }
  if (dedup.recent() >= tuning.dedup_recent) write_dedup_segment();
  transaction.commit();
}

}  // namespace storeward::store
