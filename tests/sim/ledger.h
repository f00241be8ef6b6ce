// Ledger: the truth about every event of a simulated history: what the tills handed in, what they
// were answered, what the hub got and confirmed. The promises of CONTRACT section 1 are checked
// here.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/hub_protocol.h"
#include "store/outbox_reader.h"
#include "tests/sim/world.h"

namespace storeward::sim {

// (source, id, revision) joined.
std::string claim_of(std::string_view source, std::string_view id, std::string_view revision);

class Ledger {
 public:
  explicit Ledger(History& history) : history_(history) {}

  // The tills. `data` is the event's data member as JSON; a conflict adds a second one.
  void submitted(const std::string& claim, std::string data, bool is_level);
  void answered(const std::string& claim, bool duplicate, const StreamKey& stream,
                Sequence sequence);

  // The hub. Bytes are those of one event as published.
  void arrived(const StreamKey& stream, Sequence sequence, std::string_view bytes);
  void confirmed(const StreamKey& stream, Sequence sequence);  // every one up to it, in an ack sent
  void rejected(const StreamKey& stream, Sequence sequence);  // in an ack sent: counts as confirmed
  void hub_lost_its_state();

  // The agent.
  void excused(const StreamKey& stream, Sequence sequence);  // withheld, or rejected by the hub
  void check_cursor(const StreamKey& stream, Sequence confirmed) const;
  Sequence confirmed_upto(const StreamKey& stream) const;  // 0: nothing

  // Looks at the whole outbox. After a restored copy, what the copy lacks is forgiven.
  void check_outbox(store::OutboxReader& reader, bool restored);
  void check_all_arrived() const;
  std::size_t stored() const;

 private:
  struct Entry {
    std::vector<std::string> data;
    bool is_level = false;
    bool answered = false;   // stored or duplicate: ours to keep
    bool confirmed = false;  // the hub said so in an ack
    bool excused = false;    // an exception now, or lost with a disk that was rolled back
    bool arrived = false;
    std::map<Epoch, Sequence> arrived_as;
  };
  using Place = std::pair<StreamKey, Sequence>;

  Entry& entry_of(const std::string& claim);
  std::string claim_in(std::string_view bytes, std::string& data) const;

  History& history_;
  std::map<std::string, Entry> entries_;
  std::map<Place, std::string> claims_;      // what is known to have which number
  std::map<Place, Sha256> published_;        // content of every number the hub ever saw
  std::map<StreamKey, Sequence> confirmed_;  // the furthest any ack went
  std::set<Place> rejected_;
  std::map<StreamKey, Sequence> swept_;  // entries marked confirmed up to here
};

}  // namespace storeward::sim
