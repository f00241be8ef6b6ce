// Resend: what is to be sent again on one lane: ranges the hub misses, and replays asked for by an
// operator. Pure.
//
// Invariants: a missing range is sent once per ack that names it; nothing is sent again more than
// once per interval, however often it is named or a replay of it asked for; what is in flight is
// not sent beside itself; replays come last.
#pragma once

#include <deque>
#include <optional>

#include "agent/base/clock.h"
#include "agent/core/forwarding/range_set.h"

namespace storeward {

class Resend {
 public:
  // The hub's latest word replaces what it asked for before.
  void on_missing(RangeSet missing) { missing_ = std::move(missing); }
  void add_replay(Range range) { replays_.add(range); }
  void on_link_lost() { missing_.clear(); }  // the retained ack comes again

  // What may be read now; `busy` is what is in flight or read already.
  std::optional<Range> next_missing(Instant now, const RangeSet& busy);
  std::optional<Range> next_replay(Instant now);
  Range narrowed(Range range) const;  // what of it may go in one message

  void on_sent(Instant now, Range range, Millis interval);
  void on_nothing_there(Range range);  // withheld or pruned in the meantime
  // The broker refused these: they go again in ever smaller messages, until it takes some.
  void on_refused(Range range, bool replay);
  void on_taken();

  // When a range that waits for its interval may go; none when none waits.
  std::optional<Instant> wake_at(Instant now) const;

  std::size_t replays_waiting() const { return replays_.size(); }

 private:
  struct Sent {  // within a moment of each other
    RangeSet ranges;
    Instant began{}, free_at{};
  };
  std::optional<Range> first_free(Instant now, RangeSet open);

  RangeSet missing_;
  RangeSet replays_;
  std::deque<Sent> sent_;                 // oldest first
  std::optional<Sequence> most_at_once_;  // while something is refused
};

}  // namespace storeward
