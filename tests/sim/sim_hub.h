// SimHub: a hub as CONTRACT section 5 wants it, in the least code: stores every event once, finds
// gaps, confirms. It may lose its whole state and begin again. What it is given goes to the ledger.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "agent/core/hub_protocol.h"
#include "tests/sim/ledger.h"
#include "tests/sim/world.h"

namespace storeward::sim {

class SimHub {
 public:
  SimHub(World& world, Ledger& ledger) : world_(world), ledger_(ledger) {}

  // `announced`: as the message's user properties have it.
  void on_batch(const StreamKey& key, Range announced, std::string_view payload);
  void on_heads(std::string_view json);

  // The next ack to publish, if there is news or something is missing.
  std::optional<std::string> next_ack();

  // A new hub without a memory; it takes its serial from the retained ack.
  void lose_state();
  // An old copy says what it has before it knows better: until the agent has heard us and had the
  // time to act on it, its hash may differ from ours.
  void expect_old_copy();
  void agent_begins();  // and knows nothing
  void agent_told();
  void reject_some(bool rejects) { rejects_ = rejects; }

  // All events that ever arrived are below a confirmation that was published.
  bool settled() const;
  // Everything the agent said it has is confirmed.
  bool complete(const StreamKey& stream, Sequence last) const;
  std::optional<ReplayCommand> some_replay();

 private:
  struct StreamStore {
    std::map<Sequence, Sha256> filled;  // by event, or all zero for a number that never comes
    Sequence contiguous = 0;
    Sequence published = 0;                  // as the agent's heads say
    std::optional<Sha256> chain = Sha256{};  // at `contiguous`; none once a number was absent
    std::map<Sequence, std::string> rejected;
    Instant gap_since{};
  };
  void advance(StreamStore& store);
  void check_head(const StreamKey& key, StreamStore& store, const StreamHead& head);
  std::vector<Range> missing(const StreamStore& store) const;

  World& world_;
  Ledger& ledger_;
  std::map<StreamKey, StreamStore> streams_;
  std::uint64_t serial_ = 0;
  bool news_ = false;
  bool rejects_ = false;
  bool old_copy_ = false;
  std::optional<Instant> knows_by_;  // none: the agent has not heard us yet
};

}  // namespace storeward::sim
