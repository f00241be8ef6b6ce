// A batch becomes one transaction; where the disk is full, one without the deliveries.
#include "store/commit_work.h"

namespace storeward::store {

CommitReport Outbox::State::commit(Batch& batch) {
  if (fork_under_way) {  // what is new comes behind what is moved
    throw Failure(StoreFailure::full, "a new epoch is begun as soon as there is room on the disk");
  }
  disk.measure_if_due(dedup.segment_bytes());
  look_at_files();
  const bool takes_more = !batch.deliveries.empty() || batch.take_levels;
  const auto attempt = [&](bool with_deliveries, const std::string& refusal) {
    CommitReport report;
    Transaction transaction(db);
    CommitWork work(*this, report);
    if (with_deliveries) {
      work.take(batch.deliveries);
      if (batch.take_levels) work.take_levels();
    } else {
      work.refuse(batch.deliveries, refusal);
    }
    for (const OperatorAction& action : batch.actions) {
      report.action_refusals.push_back(with_deliveries ? work.act(action) : refusal);
    }
    for (const Withhold& wish : batch.withheld) work.withhold(wish);
    for (const HubRejected& wish : batch.rejected) work.reject(wish);
    for (const CursorSave& wish : batch.cursors) work.save_cursor(wish);
    work.finish();
    if (with_deliveries && takes_more && !disk.leaves_room(dedup.segment_bytes())) {
      throw Failure(StoreFailure::full, "what is left is needed to drain the outbox");
    }
    transaction.commit();
    return report;
  };
  CommitReport report;
  std::string refusal = files_gone;
  if (refusal.empty()) {
    try {
      report = attempt(true, {});
    } catch (const Failure& failure) {
      if (failure.error().kind != StoreFailure::full) throw;
      on_full();
      refusal = "the disk is full: retry later";
    }
  }
  // What drains the outbox must still get through.
  if (!refusal.empty()) report = attempt(false, refusal);
  note_tail();
  if (db.wal_pages() >= tuning.checkpoint_at_commit_pages) {
    try {
      checkpoint();
    } catch (const Failure& failure) {
      // The batch is stored and has to be reported so; the WAL waits for room.
      if (failure.error().kind != StoreFailure::full) throw;
      disk.on_full();
    }
  }
  return report;
}

}  // namespace storeward::store
