// Receiver: from messages of many agents to acks, without a network. Takes everything that waits in
// one transaction; says which acks are due. Owned by the hub's one working thread.
//
// Invariants: an ack is handed out only after the commit that justifies it; an agent gets at most
// ten a second; a gap is asked for once it is a second old and again every five. Serials go on
// above every ack found on the broker, and where another receiver's older ack came in after ours,
// ours is drawn up again: the last word on the broker is the one with the highest serial.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/hub/agent_ledger.h"
#include "agent/hub/hub_store.h"

namespace storeward::hub {

struct Arrival {
  std::string topic;
  std::string payload;
  Sequence first = 0, last = 0;  // user properties
};

struct OutgoingAck {
  std::string topic;
  std::string payload;
};

class Receiver {
 public:
  static constexpr Millis ack_interval{100};
  static constexpr Millis gap_patience{1000};
  static constexpr Millis ask_interval{5000};

  Receiver(HubStore& store, std::string prefix, bool wants_events);

  // All in one transaction. On an error nothing has happened and the same batch may come again.
  Result<Findings> take(const std::vector<Arrival>& batch, Instant now);

  // Every agent in the store is due an ack: at the start and on each new connection, since the
  // broker may have lost what it retained.
  Result<void> know_all_agents();

  // The acks that may go out now; made with a transaction of their own where take() has not.
  Result<std::vector<OutgoingAck>> due_acks(Instant now);

  // When due_acks() will next have something; none: not before the next message.
  std::optional<Instant> next_due() const;

 private:
  struct Pace {
    bool owed = false;
    bool online = true;  // as far as its state topic said
    Instant not_before{};
    std::optional<Instant> ask_at;  // there are gaps: then again
    std::uint64_t drawn = 0;        // serial of our latest ack
    std::uint64_t seen = 0;         // highest serial of the acks of others, retained ones included
  };
  // Gaps below `settled` are old enough to be asked for.
  struct Horizon {
    Sequence settled = 0, highest = 0;
    Instant since{};
  };
  struct Topic {
    std::string root, kind;
    Stream stream = Stream::sales;  // of kind "up"
  };

  std::optional<Topic> parse_topic(const std::string& topic) const;
  void hear(const Topic& topic, const Arrival& arrival, Findings& findings);
  void apply(AgentLedger& ledger, const Topic& topic, const Arrival& arrival, Findings& findings);
  OutgoingAck draw_up(AgentLedger& ledger, const std::string& root, Instant now);
  bool due(const Pace& pace, Instant now) const;

  HubStore& store_;
  const std::string prefix_;
  const bool wants_events_;
  std::map<std::string, Pace> pace_;
  std::map<StreamId, Horizon> horizons_;
  std::vector<OutgoingAck> ready_;
};

}  // namespace storeward::hub
