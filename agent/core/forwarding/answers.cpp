#include <algorithm>
#include <array>
#include <cstdio>

#include "agent/core/forwarding/state.h"

namespace storeward {
namespace {

constexpr Millis stop_for{3'600'000};
constexpr Millis trial_again_after{60'000};
constexpr Millis longest_hold{60'000};
constexpr std::uint32_t refusals_before_alert = 3;

enum class Verdict : std::uint8_t { taken, busy, not_authorised, content };

// MQTT 5, 3.4.2.1. What is not known to be about the content is taken as passing: nothing is lost.
Verdict verdict_of(std::uint8_t reason) {
  if (reason < 0x80) return Verdict::taken;
  switch (reason) {
    case 0x87:  // not authorized
    case 0x90:  // topic name invalid
      return Verdict::not_authorised;
    case 0x83:  // implementation specific error
    case reason_packet_too_large:
    case 0x99:  // payload format invalid
      return Verdict::content;
    default:
      return Verdict::busy;
  }
}

std::string reason_text(std::uint8_t reason) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "the broker answered with reason code 0x%02X", reason);
  return text.data();
}

std::string subject_of(const StreamKey& stream) {
  return std::string(name_of(stream.stream));
}

}  // namespace

void Forwarder::State::on_broker_ack(Instant now, PublishId id, std::uint8_t reason) {
  const auto message = window.on_ack(now, id);
  if (!message) return;
  Lane* lane = find(message->stream);
  if (lane == nullptr) return;
  const std::string subject = subject_of(message->stream);
  const Verdict verdict = verdict_of(reason);
  if (message->purpose == Purpose::trial) {
    if (verdict == Verdict::content) return trial_failed(now, *lane, reason_text(reason));
    trial.reset();
    if (verdict != Verdict::taken) lane->trial_at = now + trial_again_after;
  }
  switch (verdict) {
    case Verdict::taken:
      carried = true;
      lane->refusals = 0;
      alerts.clear(AlertKind::publish_not_authorised, subject);
      alerts.clear(AlertKind::hub_refuses, subject);
      lane->suspicion.on_taken(message->range);
      if (message->sent_before()) {
        lane->resend.on_taken();
      } else {
        lane->on_published(now, message->range);
        if (options.confirm == Confirm::puback) lane->confirm_to(lane->published());
      }
      if (passes_loss_point(*message) && !lane->suspicion.halving()) {
        cautious = false;
        if (loss_point->again) loss_point.reset();
      }
      return;
    case Verdict::busy: {
      if (lane->hold_until && *lane->hold_until > now) break;  // the same window, refused once
      const auto doublings = std::min<std::uint32_t>(++lane->refusals, 6);
      lane->hold_until =
          now + back_off.jittered(std::min(Millis{1'000} * (1 << doublings), longest_hold));
      if (lane->refusals >= refusals_before_alert) {
        alerts.raise(AlertKind::hub_refuses, subject, reason_text(reason) + "; it is sent again");
      }
      break;
    }
    case Verdict::not_authorised:
      stop(*lane, now + stop_for, false, AlertKind::publish_not_authorised,
           reason_text(reason) + "; allow the agent to publish to up/" + subject);
      break;
    case Verdict::content:
      if (message->purpose == Purpose::first) {
        refused_for_content(now, *lane, message->range, Evidence::reason_code, reason_text(reason));
      } else {
        resend_refused(now, *lane, message->range, message->purpose == Purpose::replay,
                       Evidence::reason_code, reason_text(reason));
      }
      return;
  }
  if (message->purpose == Purpose::first) lane->give_back(message->range);
}

void Forwarder::State::refused_for_content(Instant now, Lane& lane, Range range, Evidence evidence,
                                           const std::string& reason) {
  if (range.first < range.last) {
    lane.suspicion.halve(range);
    lane.give_back(range);
    return;
  }
  if (!lane.suspicion.set_aside(range.first, evidence, reason)) return;
  stop_at_a_limit(now, lane, evidence == Evidence::hang_up,
                  reason + " to several events in a row from " + std::to_string(range.first));
}

// So many are a limit, not poison: nothing of it is withheld, all of it goes again later.
void Forwarder::State::stop_at_a_limit(Instant now, Lane& lane, bool beyond_connection,
                                       const std::string& detail) {
  for (const Sequence aside : lane.suspicion.set_aside()) lane.give_back({aside, aside});
  lane.suspicion.forget();
  stop(lane, now + stop_for, beyond_connection, AlertKind::hub_refuses,
       detail + "; the stream is stopped, look for a limit at the broker");
}

// The hub misses what the broker takes no more. What it never gets it could wait for for ever: so
// it is judged like a new event, and withheld where it is to blame.
void Forwarder::State::resend_refused(Instant now, Lane& lane, Range range, bool replay,
                                      Evidence evidence, const std::string& reason) {
  if (range.first < range.last) {
    lane.resend.on_refused(range, replay);
  } else if (replay) {
    alerts.raise(AlertKind::hub_refuses, subject_of(lane.key()),
                 "event " + std::to_string(range.first) + " cannot be sent again: " + reason);
  } else {
    refused_for_content(now, lane, range, evidence, reason);
  }
}

void Forwarder::State::stop(Lane& lane, Instant until, bool beyond_connection, AlertKind kind,
                            const std::string& detail) {
  lane.stopped_until = until;
  lane.stopped_beyond_connection = beyond_connection;
  alerts.raise(kind, subject_of(lane.key()), detail);
}

void Forwarder::State::trial_failed(Instant now, Lane& lane, const std::string& reason) {
  const Trial failed = *trial;
  trial.reset();
  if (failed.counts && lane.suspicion.on_trial_failed(failed.sequence)) {
    withhold(now, lane, failed.sequence, reason);
  } else {
    lane.trial_at = now + trial_again_after;
  }
}

// reason: a copy, because the suspect that may own it goes.
void Forwarder::State::withhold(Instant now, Lane& lane, Sequence sequence, std::string reason) {
  if (lane.absent_ranges() >= options.max_withheld_ranges) {
    return stop_at_a_limit(
        now, lane, true,
        reason + " to event " + std::to_string(sequence) + ", and too many are withheld already");
  }
  lane.suspicion.drop(sequence);
  lane.on_published(now, {sequence, sequence});
  if (options.confirm == Confirm::puback) lane.confirm_to(lane.published());
  recorded.withheld.push_back({lane.key(), sequence, std::move(reason)});
  heads_now = true;
}

// The broker has taken what the link was lost at, or something after it.
bool Forwarder::State::passes_loss_point(const InFlight& taken) const {
  if (!loss_point || loss_point->stream != taken.stream) return false;
  return !loss_point->again || clip(taken.range, loss_point->range.first, loss_point->range.last);
}

void Forwarder::State::suspect_hang_up(Instant now) {
  if (window.empty()) return;
  const InFlight oldest = window.in_flight().begin()->second;
  Lane* lane = find(oldest.stream);
  if (lane == nullptr) return;
  const std::string reason = "the broker hangs up on it";
  if (oldest.purpose == Purpose::trial) {
    if (trial) trial_failed(now, *lane, reason);
    return;
  }
  const bool replay = oldest.purpose == Purpose::replay;
  if (oldest.sent_before() && oldest.range.first < oldest.range.last) {
    return resend_refused(now, *lane, oldest.range, replay, Evidence::hang_up, reason);
  }
  const LossPoint point{oldest.stream, oldest.range, oldest.sent_before()};
  const bool same = loss_point && loss_point->stream == point.stream &&
                    loss_point->range.first == point.range.first;
  losses_there = same ? losses_there + 1 : 1;
  loss_point = point;
  if (losses_there >= 2 || lane->suspicion.halving()) {
    const bool alone = cautious && window.size() == 1;
    cautious = true;
    // Halving costs nothing; a single event must have met it three times to come under suspicion.
    if (!alone || (point.range.first == point.range.last && losses_there < 3)) return;
    losses_there = 0;
    if (!point.again) {
      refused_for_content(now, *lane, point.range, Evidence::hang_up, reason);
    } else {
      loss_point.reset();
      resend_refused(now, *lane, point.range, replay, Evidence::hang_up, reason);
    }
  }
}

}  // namespace storeward
