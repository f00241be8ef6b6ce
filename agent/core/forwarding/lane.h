// Lane: one stream of one epoch on its way to the hub. Pure; owned by the forwarder.
//
// Invariants: published and confirmed never go back; every number above `published` is in exactly
// one of three states: taken (ready, in flight, acked or set aside), or still to be read. What is
// to be read next is the first gap, so order holds by itself, whatever was refused and given back.
#pragma once

#include <deque>
#include <optional>

#include "agent/core/forwarding/range_set.h"
#include "agent/core/forwarding/resend.h"
#include "agent/core/forwarding/suspicion.h"
#include "agent/core/message.h"

namespace storeward {

// Why what was published once goes again: the hub misses it, the hub is silent, or it is replayed.
enum class AgainReason { asked, probe, replay };

class Lane {
 public:
  Lane(StreamKey key, const StreamHead& head);

  const StreamKey& key() const { return key_; }
  StreamHead head() const;  // the store's, with our cursors
  Sequence first() const { return head_.first; }
  Sequence last() const { return head_.last; }
  Sequence published() const { return published_; }
  Sequence confirmed() const { return confirmed_; }
  std::size_t absent_ranges() const { return head_.absent.size(); }

  void on_head(const StreamHead& head);
  void grow_to(Sequence last);

  // Forgets what was on its way. `from_confirmed`: nothing that is not confirmed counts as
  // published.
  void restart();

  // The first numbers that nobody has taken yet; none when all are.
  std::optional<Range> gap() const;
  void take(Range range) { taken_.add(range); }
  void give_back(Range range);
  void on_published(Instant now, Range range);  // the broker has it, or there is nothing in it
  bool confirm_to(Sequence sequence);           // true when that is progress
  // The outbox holds nothing of this range; true when that says where it begins now. Between two
  // commits the outbox prunes unheard.
  bool on_nothing_there(Range range);
  Sequence highest_published() const;  // acked beyond a hole included

  // Handed to the link, or about to be, and not confirmed, in events (numbers).
  std::uint64_t unconfirmed() const;

  std::deque<Message> ready;  // read, in order, waiting for the window
  std::optional<ReadRequest> reading;
  std::optional<Instant> hold_until;       // refused for a passing reason
  std::uint32_t refusals = 0;              // in a row, for a passing reason
  std::optional<Instant> stopped_until;    // not authorised, or too much refused
  bool stopped_beyond_connection = false;  // a new connection is no reason to try again
  std::optional<Instant> trial_at;         // a suspect failed on a connection that proves nothing

  Resend resend;
  std::optional<ReadRequest> reading_again;
  std::optional<Message> ready_again;
  AgainReason again_reason = AgainReason::asked;

  Suspicion suspicion;

  // Confirmation: CONTRACT section 5, flow.
  Instant progress_at{};            // of the latest confirmation, or when waiting began
  std::optional<Instant> probe_at;  // set while stalled
  Millis probe_interval{0};
  bool stalled() const { return probe_at.has_value(); }

  // Heads.
  bool heads_changed = true;
  Sequence published_in_heads = 0;

  // Cursors as last given to the store.
  Sequence saved_published = 0, saved_confirmed = 0;

  // Our hash must equal the hub's before anything is published on this connection.
  std::optional<Sha256> hub_hash;  // to be compared at hub_hash_at
  Sequence hub_hash_at = 0;
  Sequence to_confirm = 0;    // the hub's word, held back until the hash is compared
  bool hash_checked = false;  // on this connection
  Instant hash_checked_at{};

  RangeSet rejected;  // reported to the store

 private:
  void advance();

  StreamKey key_;
  StreamHead head_;
  Sequence published_, confirmed_;
  RangeSet taken_;  // above published_
  RangeSet acked_;  // above published_, part of taken_
};

}  // namespace storeward
