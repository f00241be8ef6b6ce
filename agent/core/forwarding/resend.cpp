#include "agent/core/forwarding/resend.h"

#include <algorithm>

namespace storeward {
namespace {

constexpr Sequence wide_enough = 1'000;  // a message holds no more
constexpr Millis moment{250};

}  // namespace

// What of `open` has not gone lately.
std::optional<Range> Resend::first_free(Instant now, RangeSet open) {
  while (!sent_.empty() && sent_.front().free_at <= now) sent_.pop_front();
  for (const Sent& sent : sent_) {
    for (const Range& range : sent.ranges.ranges()) open.remove(range);
  }
  if (open.empty()) return std::nullopt;
  return narrowed(open.ranges().front());
}

std::optional<Range> Resend::next_missing(Instant now, const RangeSet& busy) {
  for (const Range& range : missing_.ranges()) {
    if (const auto free = first_free(now, busy.missing_in(range))) return free;
  }
  return std::nullopt;
}

std::optional<Range> Resend::next_replay(Instant now) {
  return first_free(now, replays_);
}

Range Resend::narrowed(Range range) const {
  if (most_at_once_) range.last = std::min(range.last, range.first + *most_at_once_ - 1);
  return range;
}

void Resend::on_refused(Range range, bool replay) {
  for (Sent& sent : sent_) sent.ranges.remove(range);
  (replay ? replays_ : missing_).add(range);
  most_at_once_ = std::max<Sequence>(1, (range.last - range.first + 1) / 2);
}

void Resend::on_taken() {
  if (most_at_once_) *most_at_once_ *= 2;
  if (most_at_once_ > wide_enough) most_at_once_.reset();
}

void Resend::on_sent(Instant now, Range range, Millis interval) {
  on_nothing_there(range);
  if (sent_.empty() || now - sent_.back().began > moment) sent_.push_back({{}, now, {}});
  sent_.back().ranges.add(range);
  sent_.back().free_at = now + interval;
}

void Resend::on_nothing_there(Range range) {
  missing_.remove(range);
  replays_.remove(range);
}

std::optional<Instant> Resend::wake_at(Instant now) const {
  if (missing_.empty() && replays_.empty()) return std::nullopt;
  std::optional<Instant> earliest;
  for (const Sent& sent : sent_) {
    if (sent.free_at > now && (!earliest || sent.free_at < *earliest)) earliest = sent.free_at;
  }
  return earliest;
}

}  // namespace storeward
