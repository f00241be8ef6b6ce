#include <algorithm>
#include <array>

#include "agent/base/assert.h"
#include "agent/core/forwarding/state.h"

namespace storeward {
namespace {

constexpr std::size_t reads_ahead = 2;  // messages read and not yet sent, per lane
constexpr std::size_t most_ready = 8;   // the same, when they come straight from commits
constexpr std::uint32_t max_events_per_message = 1000;
constexpr Millis levels_patience{5'000};
constexpr Millis longest_probe_interval{3'600'000};
constexpr std::size_t packet_overhead = 1024;  // topic, properties, headers

}  // namespace

Lane* Forwarder::State::find(const StreamKey& stream) {
  const auto at = lanes.find(stream);
  return at == lanes.end() ? nullptr : &at->second;
}

std::size_t Forwarder::State::payload_limit() const {
  const std::size_t packet = limits.maximum_packet_size;
  return std::min(options.max_message_bytes, packet - std::min(packet, packet_overhead));
}

bool Forwarder::State::may_send(const Lane& lane, Instant now) const {
  return phase == Phase::flowing && !forking && !limit_too_small && lane.hash_checked &&
         !(lane.stopped_until && *lane.stopped_until > now) &&
         !(lane.hold_until && *lane.hold_until > now);
}

bool Forwarder::State::may_go_on(const Lane& lane, Instant now) const {
  return may_send(lane, now) && !lane.stalled() && !older_epoch_drains(lane);
}

bool Forwarder::State::older_epoch_drains(const Lane& lane) const {
  // Epochs are UUIDv7: their text sorts by age; the current one is the newest whatever the clock
  // did.
  for (const auto& [key, other] : lanes) {
    if (key.stream != lane.key().stream || key.epoch == lane.key().epoch) continue;
    const bool older =
        key.epoch != current && (lane.key().epoch == current || key.epoch < lane.key().epoch);
    if (older && other.published() < other.last()) return true;
  }
  return false;
}

RangeSet Forwarder::State::in_flight_of(const StreamKey& stream) const {
  RangeSet ranges;
  for (const auto& [id, message] : window.in_flight()) {
    if (message.stream == stream) ranges.add(message.range);
  }
  return ranges;
}

std::uint64_t Forwarder::State::event_allowance(const Lane& lane) const {
  // No lane takes more than half, so one that the hub never confirms does not block the others.
  const std::uint64_t bound = std::max<std::uint64_t>(1, options.max_unconfirmed_events);
  std::uint64_t all = 0;
  for (const auto& [key, other] : lanes) all += other.unconfirmed();
  const std::uint64_t own_bound = std::max<std::uint64_t>(1, bound / 2), own = lane.unconfirmed();
  if (all >= bound || own >= own_bound) return 0;
  return std::min(bound - all, own_bound - own);
}

void Forwarder::State::watch_confirmations(Instant now) {
  if (options.confirm != Confirm::receipt) return;
  for (auto& [key, lane] : lanes) {
    if (lane.stalled() || lane.published() <= lane.confirmed() ||
        now - lane.progress_at < options.confirm_timeout) {
      continue;
    }
    lane.probe_at = now;
    lane.probe_interval = options.confirm_timeout;
    alerts.raise(AlertKind::confirmation_stalled,
                 std::string(name_of(key.stream)) + " " + key.epoch,
                 "the hub has confirmed nothing after " + std::to_string(lane.confirmed()) +
                     "; is the hub running?");
  }
}

void Forwarder::State::request_reads(Instant now, Actions& actions) {
  ReadRequest base;
  base.max_events = max_events_per_message;
  base.max_bytes = window.message_bytes(payload_limit());
  base.compress = options.compress;
  for (auto& [key, lane] : lanes) {
    base.stream = key;
    if (!may_send(lane, now)) continue;
    if (!lane.reading_again && !lane.ready_again) {
      // Published once already, so all of it is at most `published`.
      RangeSet busy = in_flight_of(key);
      for (const Sequence aside : lane.suspicion.set_aside()) busy.add({aside, aside});
      auto wanted = lane.resend.next_missing(now, busy);
      lane.again_reason = AgainReason::asked;
      if (!wanted && lane.probe_at && *lane.probe_at <= now &&
          lane.published() > lane.confirmed()) {
        const RangeSet open = busy.missing_in({lane.confirmed() + 1, lane.published()});
        if (!open.empty()) wanted = lane.resend.narrowed(open.ranges().front());
        lane.again_reason = AgainReason::probe;
        lane.probe_at = now + lane.probe_interval;  // counted anew once it is sent
      }
      if (!wanted) {
        wanted = lane.resend.next_replay(now);
        lane.again_reason = AgainReason::replay;
      }
      if (wanted) {
        base.wanted = *wanted;
        lane.reading_again = base;
        actions.reads.push_back(base);
      }
    }
    if (lane.reading || lane.ready.size() >= reads_ahead || !may_go_on(lane, now)) continue;
    const auto gap = lane.gap();
    const std::uint64_t allowance = gap ? event_allowance(lane) : 0;
    if (allowance == 0) continue;
    base.wanted = lane.suspicion.limit(*gap);
    base.wanted.last = std::min(base.wanted.last, base.wanted.first + allowance - 1);
    lane.reading = base;
    actions.reads.push_back(base);
  }
  // A suspect is judged when others have passed, or when there are none.
  for (auto& [key, lane] : lanes) {
    const Suspect* suspect = lane.suspicion.next_trial();
    if (trial || suspect == nullptr || !may_send(lane, now)) continue;
    if (lane.trial_at && *lane.trial_at > now) continue;
    const bool idle = !lane.gap() && lane.ready.empty() && in_flight_of(key).empty();
    if (!idle && !(carried && lane.suspicion.others_pass())) continue;
    if (suspect->evidence == Evidence::hang_up && now - up_since < trial_after) continue;
    if (suspect->evidence == Evidence::too_large) {
      withhold(now, lane, suspect->sequence, suspect->reason);
      continue;
    }
    base.stream = key;
    base.wanted = {suspect->sequence, suspect->sequence};
    trial = Trial{key, suspect->sequence, carried, base, std::nullopt, false};
    actions.reads.push_back(base);
  }
}

void Forwarder::State::on_committed_message(const Message& message) {
  Lane* lane = find(message.stream);
  if (lane == nullptr || !message.payload || message.payload->empty()) return;
  lane->grow_to(message.range.last);
  const auto gap = lane->gap();
  // Only what continues exactly where the lane stands; anything else is read in its turn.
  if (!may_go_on(*lane, last_now) || lane->reading || lane->suspicion.halving() || !gap ||
      gap->first != message.range.first || gap->last < message.range.last ||
      lane->ready.size() >= most_ready || message.payload->size() > payload_limit() ||
      (message.codec == Codec::zstd && !options.compress) ||
      message.range.last - message.range.first >= event_allowance(*lane)) {
    return;
  }
  lane->take(message.range);
  lane->ready.push_back(message);
}

void Forwarder::State::on_read(const ReadRequest& request, const Message& message) {
  Lane* lane = find(request.stream);
  if (lane == nullptr) return;
  const bool nothing = !message.payload || message.payload->empty();
  const Range range = nothing ? request.wanted : message.range;
  ASSERT(range.first == request.wanted.first && range.last <= request.wanted.last);
  if (trial && trial->reading == request) {
    trial->reading.reset();
    if (nothing) {
      lane->suspicion.on_taken(range);
      lane->on_published(last_now, range);
      trial.reset();
    } else {
      trial->message = message;
    }
  } else if (lane->reading == request) {
    lane->reading.reset();
    if (nothing) {
      lane->suspicion.on_taken(range);
      lane->on_published(last_now, range);
    } else if (message.payload->size() > payload_limit()) {
      lane->take(range);
      refused_for_content(last_now, *lane, range, Evidence::too_large,
                          "larger than the broker's packet limit: " +
                              std::to_string(message.payload->size()) + " bytes");
    } else {
      lane->take(range);
      lane->ready.push_back(message);
    }
  } else if (lane->reading_again == request) {
    lane->reading_again.reset();
    if (nothing) {
      lane->resend.on_nothing_there(range);
      heads_now |= lane->on_nothing_there(range);  // or the hub asks for it for ever
    } else if (message.payload->size() > payload_limit()) {
      lane->resend.on_nothing_there(range);  // it went once, under a wider limit
      resend_refused(
          last_now, *lane, range, lane->again_reason == AgainReason::replay, Evidence::too_large,
          "larger than the broker's packet limit: " + std::to_string(message.payload->size()) +
              " bytes");
    } else {
      lane->ready_again = message;
    }
  }
}

// What the link was lost at has gone meanwhile (withheld, or the hub had it all the same).
bool Forwarder::State::past_loss_point() const {
  if (!loss_point) return true;
  const auto at = lanes.find(loss_point->stream);
  if (at == lanes.end()) return true;
  const Lane& lane = at->second;
  const Sequence settled = loss_point->again ? lane.confirmed() : lane.published();
  return !lane.suspicion.halving() && settled >= loss_point->range.last;
}

void Forwarder::State::publish(Instant now, Actions& actions) {
  const auto send = [&](Message message, Purpose purpose) {
    InFlight flight{message.stream,          message.range, message.events,
                    message.payload->size(), purpose,       now};
    actions.publishes.push_back({window.send(std::move(flight)), std::move(message)});
  };
  if (cautious && past_loss_point()) cautious = false;
  if (trial) {
    if (trial->in_flight || !trial->message) return;
    if (!window.empty()) return;  // it goes alone
    trial->in_flight = true;
    send(*trial->message, Purpose::trial);
    return;
  }
  // A hole in the counting would let a fresh lane overtake: classes are asked anew for each
  // message.
  while (cautious ? window.empty() : window.has_room()) {
    std::array<Lane*, Schedule::class_count> candidates{};
    std::array<bool, Schedule::class_count> waiting{};
    for (auto& [key, lane] : lanes) {
      const bool again = lane.ready_again && may_send(lane, now);
      const bool replay = lane.again_reason == AgainReason::replay;
      const bool first = !lane.ready.empty() && may_go_on(lane, now) &&
                         !(lane.suspicion.halving() && !in_flight_of(key).empty());
      const std::size_t own = index_of(key.stream);
      if (((again && !replay) || first) && candidates[own] == nullptr) {
        candidates[own] = &lane;
      }
      if (again && replay) candidates[Schedule::replay_class] = &lane;
    }
    for (std::size_t i = 0; i < candidates.size(); ++i) waiting[i] = candidates[i] != nullptr;
    const auto turn = schedule.next(waiting);
    if (!turn) return;
    Lane& lane = *candidates[*turn];
    const bool replay = lane.again_reason == AgainReason::replay;
    const bool again =
        lane.ready_again && may_send(lane, now) && (*turn == Schedule::replay_class) == replay;
    if (again) {
      lane.resend.on_sent(now, lane.ready_again->range, options.resend_interval);
      send(std::move(*lane.ready_again), replay ? Purpose::replay : Purpose::again);
      lane.ready_again.reset();
      if (lane.again_reason == AgainReason::probe && lane.stalled()) {
        lane.probe_at = now + lane.probe_interval;
        lane.probe_interval = std::min(lane.probe_interval * 2, longest_probe_interval);
      }
    } else {
      send(std::move(lane.ready.front()), Purpose::first);
      lane.ready.pop_front();
    }
  }
}

void Forwarder::State::take_levels(Instant now, Actions& actions) {
  if (!levels_waiting || (levels_asked_until && now < *levels_asked_until)) return;
  Lane& lane = lane_of({current, Stream::levels});
  // Numbered only when it can go at once: until then a newer snapshot may still replace it.
  if (!may_go_on(lane, now) || lane.gap() || !lane.ready.empty() || event_allowance(lane) == 0) {
    return;
  }
  levels_asked_until = now + levels_patience;
  actions.take_levels = true;
}

}  // namespace storeward
