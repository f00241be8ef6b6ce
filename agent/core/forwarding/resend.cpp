#include "agent/core/forwarding/resend.h"

#include <algorithm>

namespace storeward {

void Resend::expire(Instant now) {
  std::erase_if(sent_, [now](const Sent& sent) { return sent.free_at <= now; });
}

std::optional<Range> Resend::next_missing(Instant now, const RangeSet& busy) {
  expire(now);
  for (const Range& range : missing_.ranges()) {
    RangeSet open = busy.missing_in(range);
    for (const Sent& sent : sent_) {
      if (!open.empty()) open.remove(sent.range);
    }
    if (!open.empty()) return open.ranges().front();
  }
  return std::nullopt;
}

std::optional<Range> Resend::next_replay() const {
  if (replays_.empty()) return std::nullopt;
  return replays_.ranges().front();
}

void Resend::on_sent(Instant now, Range range, Millis interval) {
  on_nothing_there(range);
  sent_.push_back({range, now + interval});
}

void Resend::on_nothing_there(Range range) {
  missing_.remove(range);
  replays_.remove(range);
}

std::optional<Instant> Resend::wake_at(Instant now) const {
  if (missing_.empty()) return std::nullopt;
  std::optional<Instant> earliest;
  for (const Sent& sent : sent_) {
    if (sent.free_at > now && (!earliest || sent.free_at < *earliest)) earliest = sent.free_at;
  }
  return earliest;
}

}  // namespace storeward
