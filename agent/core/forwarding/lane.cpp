#include "agent/core/forwarding/lane.h"

#include <algorithm>

#include "agent/base/assert.h"

namespace storeward {

Lane::Lane(StreamKey key, const StreamHead& head)
    : key_(std::move(key)),
      head_(head),
      published_(std::max(head.published, head.confirmed)),
      confirmed_(head.confirmed) {
  saved_published = published_;
  saved_confirmed = confirmed_;
}

StreamHead Lane::head() const {
  StreamHead head = head_;
  head.published = published_;
  head.confirmed = confirmed_;
  return head;
}

void Lane::on_head(const StreamHead& head) {
  const Sequence last = std::max(head_.last, head.last);
  head_ = head;
  head_.last = last;
  heads_changed = true;
}

void Lane::grow_to(Sequence last) {
  head_.last = std::max(head_.last, last);
  heads_changed = true;
}

void Lane::restart() {
  taken_.clear();
  acked_.clear();
  ready.clear();
  reading.reset();
  hold_until.reset();
  refusals = 0;
  reading_again.reset();
  ready_again.reset();
  resend.on_link_lost();
  hub_hash.reset();
  hash_checked = false;
  to_confirm = 0;
  probe_at.reset();
  for (const Sequence aside : suspicion.set_aside()) take({aside, aside});
}

std::optional<Range> Lane::gap() const {
  Range gap{published_ + 1, head_.last};
  for (const Range& taken : taken_.ranges()) {
    if (taken.first > gap.first) {
      gap.last = std::min(gap.last, taken.first - 1);
      break;
    }
    gap.first = std::max(gap.first, taken.last + 1);
  }
  if (gap.first > gap.last) return std::nullopt;
  return gap;
}

void Lane::give_back(Range range) {
  if (const auto part = clip(range, published_ + 1, range.last)) {
    taken_.remove(*part);
    // What is ready comes after it: read it again in order.
    for (const Message& message : ready) taken_.remove(message.range);
    ready.clear();
    reading.reset();
  }
}

void Lane::on_published(Instant now, Range range) {
  const auto part = clip(range, published_ + 1, range.last);
  if (!part) return;
  const bool idle = highest_published() <= confirmed_;
  taken_.add(*part);
  acked_.add(*part);
  advance();
  heads_changed = true;
  if (idle) progress_at = now;  // the wait for the hub's word begins
}

void Lane::advance() {
  while (!acked_.empty() && acked_.ranges().front().first <= published_ + 1) {
    const Range front = acked_.ranges().front();
    acked_.remove(front);
    published_ = std::max(published_, front.last);
  }
  if (published_ > 0) taken_.remove({1, published_});
}

bool Lane::confirm_to(Sequence sequence) {
  sequence = std::min(sequence, head_.last);
  if (sequence <= confirmed_) return false;
  confirmed_ = sequence;
  if (published_ < confirmed_) {
    published_ = confirmed_;
    std::erase_if(ready,
                  [this](const Message& message) { return message.range.last <= confirmed_; });
    acked_.remove({1, published_});
    advance();
  }
  heads_changed = true;
  return true;
}

bool Lane::on_nothing_there(Range range) {
  RangeSet absent;
  for (const AbsentRange& known : head_.absent) absent.add(known.range);
  const auto confirmed = clip(range, 1, confirmed_);
  const RangeSet pruned = confirmed ? absent.missing_in(*confirmed) : RangeSet();
  if (pruned.empty() || pruned.ranges().back().last < head_.first) return false;
  head_.first = pruned.ranges().back().last + 1;
  heads_changed = true;
  return true;
}

Sequence Lane::highest_published() const {
  return acked_.empty() ? published_ : acked_.ranges().back().last;
}

std::uint64_t Lane::unconfirmed() const {
  Sequence highest =
      taken_.empty() ? published_ : std::max(published_, taken_.ranges().back().last);
  // What is being read will be sent: other lanes must not count on its room.
  if (reading) highest = std::max(highest, reading->wanted.last);
  return highest - confirmed_;
}

}  // namespace storeward
