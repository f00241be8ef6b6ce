#include <algorithm>

#include "agent/core/forwarding/state.h"

namespace storeward {
namespace {

constexpr Millis connect_deadline{60'000};  // the link has its own, shorter one
constexpr std::uint32_t least_packet_limit = 64 * 1024;
// How long an idle stream's tail may be unconfirmed before the hub is told of it.
constexpr Millis tail_patience{5'000};

void earliest(std::optional<Instant>& wake, Instant now, std::optional<Instant> at) {
  // What is past and still stands waits for an answer, not for time.
  if (at && *at > now && (!wake || *at < *wake)) wake = at;
}

}  // namespace

void Forwarder::State::keep_connected(Instant now, Actions& actions) {
  const bool connect_hangs = phase == Phase::connecting && now - phase_since >= connect_deadline;
  const auto waiting = window.waiting_since();
  const bool no_progress = waiting && now - *waiting >= options.no_progress;
  if (connect_hangs || no_progress) {
    actions.disconnect = true;
    on_link_down(now, connect_hangs ? LinkFailure::unreachable : LinkFailure::lost,
                 connect_hangs ? "no connection in time" : "the broker acknowledges nothing");
  }
  if (phase == Phase::offline && now >= retry_at) {
    phase = Phase::connecting;
    phase_since = now;
    actions.connect = true;
    actions.broker_index = back_off.broker();
  }
  if (phase == Phase::awaiting_ack && now - phase_since >= options.ack_wait) start_flowing(now);
}

void Forwarder::State::on_link_up(Instant now, const LinkLimits& new_limits) {
  if (phase != Phase::connecting) return;
  phase = Phase::awaiting_ack;
  phase_since = up_since = now;
  limits = new_limits;
  back_off.on_up(now);
  window.on_link_up(limits.receive_maximum);
  failed_as = HubState::offline;
  carried = fork_reported = false;
  serial.reset();  // the retained ack comes first; an older one cannot follow it
  limit_too_small = limits.maximum_packet_size < least_packet_limit;
  alerts.clear(AlertKind::hub_refuses, "broker");
  alerts.clear(AlertKind::hub_untrusted, "broker");
  if (limit_too_small) {
    alerts.raise(AlertKind::packet_limit_too_small, "broker",
                 "Maximum Packet Size is " + std::to_string(limits.maximum_packet_size) +
                     " bytes, 65536 are needed; raise it at " + limits.broker);
  } else {
    alerts.clear(AlertKind::packet_limit_too_small, "broker");
  }
  for (auto& [key, lane] : lanes) {
    lane.progress_at = now;
    if (!lane.stopped_beyond_connection) lane.stopped_until.reset();
  }
}

void Forwarder::State::start_flowing(Instant now) {
  phase = Phase::flowing;
  heads_now = true;
  for (auto& [key, lane] : lanes) {
    lane.progress_at = now;
    if (!lane.hub_hash) lane.hash_checked = true;  // the hub has nothing to compare with
  }
}

void Forwarder::State::on_link_down(Instant now, LinkFailure failure, const std::string& detail) {
  if (phase == Phase::offline) return;
  if (failure == LinkFailure::lost) suspect_hang_up(now);
  phase = Phase::offline;
  retry_at = back_off.after_failure(now);
  window.on_link_lost();
  trial.reset();
  levels_asked_until.reset();
  hash_asked.reset();
  for (auto& [key, lane] : lanes) lane.restart();
  switch (failure) {
    case LinkFailure::untrusted:
      failed_as = HubState::untrusted;
      alerts.raise(AlertKind::hub_untrusted, "broker", detail);
      break;
    case LinkFailure::refused:
    case LinkFailure::not_authorised:
      failed_as = HubState::refused;
      alerts.raise(AlertKind::hub_refuses, "broker", detail);
      break;
    case LinkFailure::lost:
    case LinkFailure::unreachable:
      failed_as = HubState::offline;
      break;
  }
}

std::optional<Instant> Forwarder::State::heads_due(Instant now) const {
  if (heads_now) return now;
  bool changed = false;
  std::optional<Instant> tail;
  for (const auto& [key, lane] : lanes) {
    const bool unconfirmed =
        options.confirm == Confirm::receipt && lane.published() > lane.confirmed();
    changed = changed || lane.heads_changed || unconfirmed;
    // A lost tail leaves no gap that the hub could see.
    if (unconfirmed && lane.published() == lane.last() &&
        lane.published_in_heads < lane.published()) {
      const Instant due = std::max(lane.progress_at, heads_at) + tail_patience;
      if (!tail || due < *tail) tail = due;
    }
  }
  std::optional<Instant> due = tail;
  if (changed) due = std::min(heads_at + options.state_interval, tail.value_or(Instant::max()));
  return due;
}

void Forwarder::State::publish_heads(Instant now, Actions& actions) {
  const auto due = heads_due(now);
  if (!due || *due > now) return;
  Heads heads;
  heads.current = current;
  for (auto& [key, lane] : lanes) {
    lane.heads_changed = false;
    lane.published_in_heads = lane.published();
    StreamHead head = lane.head();
    // A hub that lost its memory must learn what it cannot have again.
    if (head.first > 1) {
      head.absent.insert(head.absent.begin(), {{1, head.first - 1}, AbsentReason::pruned});
    }
    heads.streams.emplace(key, std::move(head));
  }
  actions.publish_heads = std::move(heads);
  heads_at = now;
  heads_now = false;
}

std::optional<Instant> Forwarder::State::wake_at(Instant now) const {
  std::optional<Instant> wake;
  switch (phase) {
    case Phase::offline:
      earliest(wake, now, retry_at);
      break;
    case Phase::connecting:
      earliest(wake, now, phase_since + connect_deadline);
      break;
    case Phase::awaiting_ack:
      earliest(wake, now, phase_since + options.ack_wait);
      break;
    case Phase::flowing:
      earliest(wake, now, heads_due(now));
      break;
  }
  if (const auto waiting = window.waiting_since()) {
    earliest(wake, now, *waiting + options.no_progress);
  }
  if (phase != Phase::flowing) return wake;
  if (levels_waiting) earliest(wake, now, levels_asked_until);
  for (const auto& [key, lane] : lanes) {
    earliest(wake, now, lane.hold_until);
    earliest(wake, now, lane.stopped_until);
    earliest(wake, now, lane.trial_at);
    earliest(wake, now, lane.probe_at);
    earliest(wake, now, lane.resend.wake_at(now));
    if (lane.suspicion.next_trial() != nullptr) earliest(wake, now, up_since + trial_after);
    if (options.confirm == Confirm::receipt && lane.published() > lane.confirmed()) {
      earliest(wake, now, lane.progress_at + options.confirm_timeout);
    }
  }
  return wake;
}

}  // namespace storeward
