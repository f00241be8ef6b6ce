#include "agent/core/forwarding/resend.h"

#include <algorithm>

namespace storeward {
namespace {

constexpr Sequence wide_enough = 1'000;  // a message holds no more

}  // namespace

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
    if (!open.empty()) return narrowed(open.ranges().front());
  }
  return std::nullopt;
}

std::optional<Range> Resend::next_replay() const {
  if (replays_.empty()) return std::nullopt;
  return narrowed(replays_.ranges().front());
}

Range Resend::narrowed(Range range) const {
  if (most_at_once_) range.last = std::min(range.last, range.first + *most_at_once_ - 1);
  return range;
}

void Resend::on_refused(Range range, bool replay) {
  std::erase_if(sent_, [&](const Sent& sent) { return clip(sent.range, range.first, range.last); });
  (replay ? replays_ : missing_).add(range);
  most_at_once_ = std::max<Sequence>(1, (range.last - range.first + 1) / 2);
}

void Resend::on_taken() {
  if (most_at_once_) *most_at_once_ *= 2;
  if (most_at_once_ > wide_enough) most_at_once_.reset();
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
