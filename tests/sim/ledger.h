// Ledger: the truth about every event of a simulated history: what the tills handed in, what they
// were answered, what the outbox held, what the hub got and confirmed. The promises of CONTRACT
// section 1 are checked here.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/hub_protocol.h"
#include "store/outbox_reader.h"
#include "tests/sim/world.h"

namespace storeward::sim {

// The one key under which each till's driver notes how many deliveries are done.
inline constexpr const char* cursor_key = "deliveries";

// (source, id, revision) joined.
std::string claim_of(std::string_view source, std::string_view id, std::string_view revision);
std::string place_text(const StreamKey& stream, Sequence sequence);

class Ledger {
 public:
  explicit Ledger(const World& world) : world_(world) {}

  // The tills. `data` is the event's data member as JSON, as it may be kept.
  void submitted(const std::string& claim, std::string data, bool is_level);
  void answered(const std::string& claim, bool duplicate, const StreamKey& stream,
                Sequence sequence);

  // A till's delivery and the claims that it alone brings; with it, the driver's cursor goes to
  // `number`.
  void handed_in(const std::string& driver, std::uint64_t number, std::vector<std::string> claims);

  // The hub. Bytes are those of one event as published.
  void arrived(const StreamKey& stream, Sequence sequence, std::string_view bytes);
  void confirmed(const StreamKey& stream, Sequence sequence);  // every one up to it, in an ack sent
  void rejected(const StreamKey& stream, Sequence sequence);  // in an ack sent: counts as confirmed
  Sequence confirmed_upto(const StreamKey& stream) const;     // 0: nothing

  // The agent.
  void excepted(const StreamKey& stream, Sequence sequence);  // withheld, or rejected by the hub
  bool is_excepted(const StreamKey& stream, Sequence sequence) const;
  void check_cursor(const StreamKey& stream, Sequence confirmed) const;

  // The disk. What was answered by the time of a copy must be in it when it is put back; what came
  // later is forgiven.
  using Mark = std::uint64_t;
  Mark mark() const { return answers_; }
  void copy_restored(Mark made_at);
  void epoch_is(const Epoch& epoch);  // at every start; in a new one events may have moved there

  // What is new in the outbox, and that nothing has gone that the hub has not confirmed. `settled`:
  // no delivery waits for its commit, so what was answered must be there.
  void check_growth(store::OutboxReader& reader, bool settled);
  // All of the outbox.
  void check_outbox(store::OutboxReader& reader);
  void check_all_confirmed() const;
  std::size_t stored() const;

 private:
  using Place = std::pair<StreamKey, Sequence>;
  struct Entry {
    std::vector<std::string> data;
    bool is_level = false;
    bool answered = false;      // stored or duplicate: ours to keep
    bool confirmed = false;     // the hub said so in an ack
    bool excepted = false;      // an exception now
    bool forgiven = false;      // lost with a disk that was rolled back
    Mark answered_at = 0;       // counted
    std::optional<Place> at;    // in the outbox of this disk, also if pruned since
    std::uint64_t seen_in = 0;  // round of check_outbox
    std::map<Epoch, Sequence> arrived_as;
  };
  struct Committed {
    Sha256 digest;
    Entry* entry;
  };

  Entry& entry_of(const std::string& claim);
  bool must_be_kept(const Entry& entry) const;
  std::string claim_in(std::string_view bytes, std::string& data) const;
  // What the claim in these bytes is; its data must be what was handed in.
  void learn(const Place& place, std::string_view bytes);
  void check_kept(const StreamState& state) const;
  void check_source_cursors(store::OutboxReader& reader) const;
  void forget_disk();

  const World& world_;
  std::map<std::string, std::map<std::uint64_t, std::vector<std::string>>> deliveries_;
  std::map<std::string, Entry> entries_;
  std::map<Place, std::string> claims_;      // what is known to have which number
  std::map<Place, Committed> committed_;     // in the outbox of this disk, also if pruned since
  std::map<Place, Sha256> published_;        // content of every number the hub ever saw
  std::map<StreamKey, Sequence> confirmed_;  // the furthest any ack went
  std::set<Place> rejected_, excepted_;
  std::set<std::string> unseen_;          // answered and not yet seen in the outbox
  std::map<StreamKey, Sequence> learnt_;  // of the outbox, up to here
  std::map<StreamKey, Sequence> swept_;   // entries marked confirmed up to here
  std::optional<Mark> restored_from_;     // until the outbox has been looked at
  Epoch epoch_;
  bool original_disk_ = true;
  Mark answers_ = 0;
  std::uint64_t round_ = 0;
};

}  // namespace storeward::sim
