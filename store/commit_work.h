// CommitWork: one commit's way through the store, inside one transaction. Store thread; lives for
// one call of Outbox::commit.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "store/outbox_state.h"

namespace storeward::store {

class CommitWork {
 public:
  CommitWork(Outbox::State& state, CommitReport& report);

  void take(std::vector<Delivery>& deliveries);
  void refuse(const std::vector<Delivery>& deliveries, const std::string& reason);
  std::string act(const OperatorAction& action);  // why not; empty: done
  void take_levels();
  void withhold(const Withhold& wish);
  void reject(const HubRejected& wish);
  void save_cursor(const CursorSave& wish);
  void finish();  // writes the runs, the days and the cursors

 private:
  std::string why_refused(const Delivery& delivery);
  void refuse(const Delivery& delivery, const std::string& reason);
  ItemOutcome take(AdmittedItem& item);
  ItemOutcome store_event(Event& event);
  void count_receipt(Event& event);
  ItemOutcome store_level(Event& event);
  ItemOutcome quarantine(const Rejected& rejected);
  std::string why_not_settled(const Delivery& delivery);
  ItemOutcome conflict(const EventIdentity& identity, EventDigests digests, std::string_view masked,
                       const Origin& origin, const DedupEntry& known);
  Sequence append(Stream stream, std::string& bytes, EventDigests digests);
  void flush(Stream stream);
  void set_aside(const StreamKey& key, Sequence sequence, ExceptionKind kind,
                 const std::string& reason);
  void touch(StreamNumber number) { touched_[number]; }

  Outbox::State& state_;
  CommitReport& report_;
  const WallTime wall_;
  const std::int64_t kept_ms_;
  const std::string recorded_;
  const EpochRow current_;
  std::array<RunBuilder, stream_count> builders_;
  std::map<StreamNumber, std::vector<Message>> touched_;
  std::set<StreamNumber> cursors_;  // whose rows are to be saved
};

}  // namespace storeward::store
