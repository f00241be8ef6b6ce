// StreamTable: the end, the cursors and the absent numbers of every stream of every epoch, in
// memory; written to the file only when a cursor is saved or rows are pruned. The end is derived
// from the newest run. Store thread. After a rollback everything is loaded again.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/core/hub_protocol.h"
#include "store/run.h"
#include "store/tuning.h"

namespace storeward::store {

struct StreamRow {
  Sequence last = 0, confirmed = 0, published = 0;
  Sequence pruned_through = 0, merged_through = 0;
  Sequence oldest_waiting_until = 0;  // the run that holds confirmed + 1 ends here
  std::int64_t oldest_waiting_ms = 0;
  Sha256 chain{};         // h(last)
  Sha256 pruned_chain{};  // h(pruned_through)
  std::vector<AbsentRange> absent;
  Instant prune_after{};  // one transaction for each run would cost as much as storing it

  StreamHead head() const;
  bool is_absent(Sequence sequence) const;
};

struct EpochRow {
  EpochNumber number = 0;
  Epoch uuid;
};

class StreamTable {
 public:
  StreamTable(Connection& db, RunTable& runs);

  void load();
  static std::map<StreamNumber, StreamRow> read(Connection& db, RunTable& runs);
  static std::vector<EpochRow> read_epochs(Connection& db);  // oldest first

  const EpochRow& current() const { return epochs_.back(); }
  const std::vector<EpochRow>& epochs() const { return epochs_; }
  const EpochRow* epoch_named(std::string_view uuid) const;
  const EpochRow& epoch(EpochNumber number) const;
  StreamRow* find(const StreamKey& key);
  StreamNumber number_of(const StreamKey& key) const;  // the epoch is known
  StreamRow& at(StreamNumber stream) { return rows_.at(stream); }
  std::map<StreamNumber, StreamRow>& rows() { return rows_; }

  void begin_epoch(const Epoch& uuid, WallTime now, const std::string& reason);
  void drop_epoch(EpochNumber number);
  void save(StreamNumber stream);
  void refresh_oldest(StreamNumber stream);  // after confirmed moved or the first event came
  void add_absent(StreamNumber stream, AbsentRange range);
  void prune_absent(StreamNumber stream);  // what is below pruned_through
  void save_absent(StreamNumber stream);

 private:
  Connection& db_;
  RunTable& runs_;
  std::vector<EpochRow> epochs_;
  std::map<StreamNumber, StreamRow> rows_;
  Query save_, drop_absent_, put_absent_;
};

}  // namespace storeward::store
