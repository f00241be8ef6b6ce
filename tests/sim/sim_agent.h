// SimAgent: the agent's real parts (Outbox, OutboxReader, Forwarder) glued together without
// threads: what the store thread, the reader thread and the io thread do in the real one happens
// here as plans on the timeline. One object is one life of the process; destroying it is its end.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/admission.h"
#include "agent/core/forwarder.h"
#include "store/outbox.h"
#include "store/outbox_reader.h"
#include "tests/sim/ledger.h"
#include "tests/sim/planted_bugs.h"
#include "tests/sim/sim_broker.h"
#include "tests/sim/world.h"

namespace storeward::sim {

class SimAgent {
 public:
  // Called with the outcomes once they are durable; never, if the process ends before.
  using Answer = std::function<void(const Epoch&, const std::vector<ItemOutcome>&)>;

  // Null if the store cannot be opened; a reason other than a disk fault is a violation.
  static std::unique_ptr<SimAgent> start(World& world, SimBroker& broker, Ledger& ledger,
                                         PlantedBugs& bugs, const store::OutboxOptions& store,
                                         const ForwarderOptions& forwarding);
  ~SimAgent();
  SimAgent(const SimAgent&) = delete;
  SimAgent& operator=(const SimAgent&) = delete;

  // False: not now.
  bool submit(const std::string& body, const Submitter& from, std::vector<SourceCursor> cursors,
              Answer answer);

  bool failed() const { return failed_; }  // a disk error: the real one ends with exit code 74
  const store::OutboxStatus& status() { return outbox_.status(); }
  store::OutboxReader& reader() { return reader_; }
  // No delivery waits for its commit, and no event for its new number.
  bool settled() const { return waiting_.empty() && !fork_waits_; }

 private:
  struct Waiting {
    Delivery delivery;
    Answer answer;
  };

  SimAgent(World& world, SimBroker& broker, Ledger& ledger, PlantedBugs& bugs, store::Outbox outbox,
           store::OutboxReader reader, const ForwarderOptions& forwarding);
  HubLinkEvents link_events();
  void plan(Millis delay, std::function<void()> what);  // void once this life has ended
  void pump();
  void apply(Actions& actions);
  void read(const ReadRequest& request);
  void publish(const Publish& out);
  void query_hash(const StreamKey& stream, Sequence at);
  void fork(const std::string& reason);
  void plan_commit(Millis delay);
  void commit();
  bool save_source_cursors_first(store::Batch& batch);
  void committed(std::vector<Waiting> waiting, store::CommitReport report, const Epoch& epoch);
  void maintain();
  void check_outbox();
  void save_cursors(const std::vector<CursorSave>& saves);
  void handle(const store::StoreError& error);

  World& world_;
  SimBroker& broker_;
  Ledger& ledger_;
  PlantedBugs& bugs_;
  store::Outbox outbox_;
  store::OutboxReader reader_;
  Forwarder forwarder_;
  std::vector<Waiting> waiting_;
  store::Batch upkeep_;
  std::map<StreamKey, CursorSave> cursors_;
  std::optional<Instant> wake_;
  bool commit_planned_ = false, failed_ = false;
  bool fork_waits_ = false;  // for room on the disk: some events have moved, others not
  std::shared_ptr<int> life_ = std::make_shared<int>(0);
};

}  // namespace storeward::sim
