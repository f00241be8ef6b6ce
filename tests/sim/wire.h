// Wire: what an observer between agent and broker may hold against the agent (CONTRACT section 5,
// flow). It sees messages, the broker's answers and what the agent is told; never the agent's own
// counters.
//
// Checked: nothing is skipped (a number goes only when all before it went or never will), repeats
// are bounded (a range again at most once per 5 s, a probe at doubling intervals), and so is what
// is published and unconfirmed.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "agent/core/forwarder.h"
#include "agent/core/forwarding/range_set.h"
#include "tests/sim/ledger.h"
#include "tests/sim/world.h"

namespace storeward::sim {

class Wire {
 public:
  Wire(const World& world, const Ledger& ledger) : world_(world), ledger_(ledger) {}

  // As CONTRACT and configuration have it, whatever the agent makes of it.
  void expect(const ForwarderOptions& promised) { promised_ = promised; }

  void life_begins();
  void numbers_changed();  // the agent began a new epoch and moved events there
  void connected();
  void lost();  // the connection, with what was in flight

  void sent(PublishId id, const StreamKey& stream, Range range);
  void answered(PublishId id, std::uint8_t reason_code);

  // Handed to the agent.
  void told(const HubAck& ack);
  void told(const ReplayCommand& command);

 private:
  using Place = std::pair<StreamKey, Sequence>;

  // One stream on this connection.
  struct Lane {
    RangeSet sent;        // and not refused
    RangeSet asked;       // missing at the hub, it said
    RangeSet given_back;  // refused: goes once more in its turn
    RangeSet replayed;    // somebody wants it: outside the bounds
    std::map<Sequence, Instant> repeated_at;
    // Probes: when the last went (or the connection began), and how many without news.
    Instant quiet_since{};
    std::uint32_t probes = 0;
    std::optional<std::pair<Sequence, std::size_t>> word;  // confirmed, rejected: more is progress
  };

  Lane& lane_of(const StreamKey& stream);
  void check_order(const StreamKey& stream, Range range) const;
  void check_repeat(const StreamKey& stream, Range range);
  void check_probe(const StreamKey& stream, Lane& lane, Sequence first) const;
  RangeSet taken_or_confirmed(const StreamKey& stream) const;
  Sequence without_hole(const StreamKey& stream, Sequence last) const;
  void check_unconfirmed() const;
  void suspect(const StreamKey& stream, Range range);

  const World& world_;
  const Ledger& ledger_;
  ForwarderOptions promised_;
  std::map<StreamKey, RangeSet> taken_;           // by the broker, ever
  std::set<Place> suspects_;                      // single events that met trouble, in this life
  std::map<StreamKey, Sequence> furthest_taken_;  // in this life
  std::map<StreamKey, Lane> lanes_;
  std::map<PublishId, std::pair<StreamKey, Range>> in_flight_;
  Instant connected_at_{};
};

}  // namespace storeward::sim
