#include "tests/sim/wire.h"

#include <algorithm>
#include <string>

namespace storeward::sim {

void Wire::life_begins() {
  // A new life may have forgotten a second's worth of the broker's answers, and knows no suspects.
  furthest_taken_.clear();
  suspects_.clear();
  connected();
}

void Wire::numbers_changed() {
  // What was on its way had numbers of the outbox before; all that counts begins anew.
  furthest_taken_.clear();
  lanes_.clear();
}

void Wire::connected() {
  lanes_.clear();
  in_flight_.clear();
  connected_at_ = world_.clock.now();
}

void Wire::lost() {
  for (const auto& [id, message] : in_flight_) suspect(message.first, message.second);
  in_flight_.clear();
  // What went ahead of a hole goes again, so it does not count once the hole has been filled.
  for (auto& [stream, last] : furthest_taken_) last = without_hole(stream, last);
}

RangeSet Wire::taken_or_confirmed(const StreamKey& stream) const {
  RangeSet gone;
  if (const auto taken = taken_.find(stream); taken != taken_.end()) gone = taken->second;
  if (const Sequence confirmed = ledger_.confirmed_upto(stream); confirmed != 0) {
    gone.add({1, confirmed});
  }
  return gone;
}

// How far of 1 to `last` everything was taken or confirmed.
Sequence Wire::without_hole(const StreamKey& stream, Sequence last) const {
  if (last == 0) return 0;
  const RangeSet holes = taken_or_confirmed(stream).missing_in({1, last});
  return holes.empty() ? last : holes.ranges().front().first - 1;
}

void Wire::suspect(const StreamKey& stream, Range range) {
  // Only a single event may be set aside while others pass.
  if (range.first == range.last) suspects_.insert({stream, range.first});
}

Wire::Lane& Wire::lane_of(const StreamKey& stream) {
  const auto [at, is_new] = lanes_.try_emplace(stream);
  if (is_new) at->second.quiet_since = connected_at_;
  return at->second;
}

void Wire::sent(PublishId id, const StreamKey& stream, Range range) {
  check_order(stream, range);
  check_repeat(stream, range);
  lane_of(stream).sent.add(range);
  in_flight_[id] = {stream, range};
  check_unconfirmed();
}

void Wire::answered(PublishId id, std::uint8_t reason_code) {
  const auto at = in_flight_.find(id);
  if (at == in_flight_.end()) return;  // repeated
  const auto [stream, range] = at->second;
  in_flight_.erase(at);
  if (reason_code >= 0x80) {
    suspect(stream, range);
    lane_of(stream).sent.remove(range);
    lane_of(stream).given_back.add(range);
    return;
  }
  taken_[stream].add(range);
  Sequence& furthest = furthest_taken_[stream];
  furthest = std::max(furthest, range.last);
}

void Wire::told(const HubAck& ack) {
  for (const auto& [epoch, word] : ack.epochs) {
    for (const auto& [stream, ranges] : word.missing) {
      for (const Range& range : ranges) lane_of({epoch, stream}).asked.add(range);
    }
    for (const auto& [stream, confirmed] : word.confirmed) {
      Lane& lane = lane_of({epoch, stream});
      const std::pair now(confirmed, word.rejected.size());
      if (lane.word && now != *lane.word) lane.probes = 0;
      lane.word = std::max(now, lane.word.value_or(now));
    }
  }
}

void Wire::told(const ReplayCommand& command) {
  lane_of(command.stream).replayed.add(command.range);
}

void Wire::check_order(const StreamKey& stream, Range range) const {
  // What went before or was asked for passes nothing by, and a suspect alone is on trial.
  const auto lane = lanes_.find(stream);
  if (lane != lanes_.end() &&
      (lane->second.sent.contains(range.first) || lane->second.asked.contains(range.first)))
    return;
  if (const auto taken = taken_.find(stream);
      taken != taken_.end() && taken->second.contains(range.first)) {
    return;
  }
  if (range.first == range.last && suspects_.contains({stream, range.first})) return;
  if (range.first == 1) return;
  RangeSet gone = taken_or_confirmed(stream);
  for (const auto& [id, message] : in_flight_) {
    if (message.first == stream) gone.add(message.second);
  }
  const RangeSet left = gone.missing_in({1, range.first - 1});
  for (const Range& part : left.ranges()) {
    for (Sequence n = part.first; n <= part.last; ++n) {
      if (suspects_.contains({stream, n}) || ledger_.is_excepted(stream, n)) continue;
      throw Violation{place_text(stream, n) + " is skipped: " + std::to_string(range.first) +
                      " goes, and the broker never took it"};
    }
  }
}

void Wire::check_repeat(const StreamKey& stream, Range range) {
  Lane& lane = lane_of(stream);
  const RangeSet new_ones = lane.sent.missing_in(range);
  if (!new_ones.empty() && new_ones.ranges().front() == range) return;
  if (lane.replayed.missing_in(range).empty()) return;
  const Instant now = world_.clock.now();
  std::optional<Sequence> early;
  for (Sequence n = range.first; n <= range.last && !early; ++n) {
    const auto before = lane.repeated_at.find(n);
    if (before != lane.repeated_at.end() && now - before->second < promised_.resend_interval) {
      early = n;
    }
  }
  const bool asked = lane.asked.missing_in(range).empty();
  if (!asked || early) {
    if (lane.given_back.missing_in(range).empty()) {  // its own turn, whatever was asked meanwhile
      lane.given_back.remove(range);
      return;
    }
    check_probe(stream, lane, early.value_or(range.first));
  }
  for (Sequence n = range.first; n <= range.last; ++n) {
    if (lane.sent.contains(n)) lane.repeated_at[n] = now;
  }
}

// Nobody asked for it, or not again so soon.
void Wire::check_probe(const StreamKey& stream, Lane& lane, Sequence first) const {
  constexpr std::uint32_t most_doublings = 6;  // 64 minutes; the contract says up to an hour
  const Millis least =
      std::min(promised_.confirm_timeout *
                   (1 << std::min(lane.probes == 0 ? 0 : lane.probes - 1, most_doublings)),
               Millis(3'600'000));
  // A confirmation ends the doubling. It also begins the wait anew, but whether one was news to the
  // agent nobody else knows: the wait is counted from the last probe or the connection.
  const Millis since = world_.clock.now() - lane.quiet_since;
  if (since < least) {
    throw Violation{place_text(stream, first) + " is sent again unasked, " +
                    std::to_string(since.count()) + " ms after the last time; " +
                    std::to_string(least.count()) + " ms is the least"};
  }
  ++lane.probes;
  lane.quiet_since = world_.clock.now();
}

void Wire::check_unconfirmed() const {
  std::map<StreamKey, Sequence> furthest;
  for (const auto& [stream, last] : furthest_taken_) furthest[stream] = without_hole(stream, last);
  for (const auto& [id, message] : in_flight_) {
    Sequence& last = furthest[message.first];
    last = std::max(last, message.second.last);
  }
  std::uint64_t unconfirmed = 0;
  for (const auto& [stream, last] : furthest) {
    unconfirmed += last - std::min(last, ledger_.confirmed_upto(stream));
  }
  if (unconfirmed > promised_.max_unconfirmed_events) {
    throw Violation{std::to_string(unconfirmed) + " events are published and unconfirmed"};
  }
}

}  // namespace storeward::sim
