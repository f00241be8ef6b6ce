#include "agent/core/forwarder.h"

#include <utility>

#include "agent/core/forwarding/state.h"

namespace storeward {
namespace {

constexpr std::size_t most_replays_waiting = 1000;

}  // namespace

Forwarder::State::State(ForwarderOptions options_in, std::size_t broker_count, Instant now)
    : options(options_in),
      back_off(BackOffOptions{.spread = options_in.reconnect_spread,
                              .cap = 2 * options_in.reconnect_spread},
               broker_count, options_in.seed),
      window(options_in.max_in_flight, options_in.max_in_flight * options_in.max_message_bytes),
      retry_at(now),
      last_now(now) {}

void Forwarder::State::set_streams(Epoch epoch, const std::vector<StreamState>& streams) {
  current = std::move(epoch);
  lanes.clear();
  for (const StreamState& state : streams) {
    lanes.emplace(state.stream, Lane(state.stream, state.head));
  }
  for (const Stream stream : all_streams) lane_of({current, stream});
}

Lane& Forwarder::State::lane_of(const StreamKey& stream) {
  return lanes.try_emplace(stream, Lane(stream, StreamHead{})).first->second;
}

Forwarder::Forwarder(ForwarderOptions options, std::size_t broker_count,
                     std::vector<StreamState> streams, Epoch current, Instant now)
    : state_(std::make_unique<State>(options, broker_count, now)) {
  state_->set_streams(std::move(current), streams);
}

Forwarder::~Forwarder() = default;
Forwarder::Forwarder(Forwarder&&) noexcept = default;

void Forwarder::on_committed(const StreamKey& stream, const StreamHead& head) {
  Lane& lane = state_->lane_of(stream);
  if (state_->phase == State::Phase::flowing && !lane.hub_hash) lane.hash_checked = true;
  lane.on_head(head);
  if (stream.stream == Stream::levels) state_->levels_asked_until.reset();
}

void Forwarder::on_committed_message(const Message& message) {
  state_->on_committed_message(message);
}

void Forwarder::on_read(const ReadRequest& request, const Message& message) {
  state_->on_read(request, message);
}

void Forwarder::on_levels_waiting(bool waiting) {
  state_->levels_waiting = waiting;
  if (!waiting) state_->levels_asked_until.reset();
}

void Forwarder::on_hash(const StreamKey& stream, Sequence at, const std::optional<Sha256>& hash) {
  state_->on_hash(stream, at, hash);
}

void Forwarder::on_epoch(Epoch current, std::vector<StreamState> streams) {
  State& state = *state_;
  state.window.disown();  // what is in flight was numbered by the outbox before
  state.set_streams(std::move(current), streams);
  state.forking = false;
  state.trial.reset();
  state.hash_asked.reset();
  state.heads_now = true;
  for (auto& [key, lane] : state.lanes) {
    lane.hash_checked = true;
    lane.progress_at = state.last_now;
  }
}

void Forwarder::on_link_up(Instant now, const LinkLimits& limits) {
  state_->last_now = now;
  state_->on_link_up(now, limits);
}

void Forwarder::on_link_down(Instant now, LinkFailure failure, const std::string& detail) {
  state_->last_now = now;
  state_->on_link_down(now, failure, detail);
}

void Forwarder::on_broker_ack(Instant now, PublishId id, std::uint8_t reason_code) {
  state_->last_now = now;
  state_->on_broker_ack(now, id, reason_code);
}

void Forwarder::on_ack(Instant now, std::string_view json) {
  state_->last_now = now;
  const auto ack = parse_hub_ack(json);
  if (ack) return state_->on_hub_ack(now, *ack);
  state_->alerts.raise(AlertKind::ack_unreadable, "ack", ack.error().message);
}

ReplayAnswer Forwarder::on_replay(const ReplayCommand& command) {
  Lane* lane = state_->find(command.stream);
  ReplayAnswer answer;
  if (lane == nullptr) {
    answer.reason = "this agent has no such stream in that epoch";
    return answer;
  }
  if (lane->resend.replays_waiting() >= most_replays_waiting) {
    answer.reason = "too many replays wait already; ask again later";
    return answer;
  }
  answer.ok = true;
  RangeSet kept;
  if (const auto part = clip(command.range, lane->first(), lane->last())) kept.add(*part);
  for (const AbsentRange& absent : lane->head().absent) kept.remove(absent.range);
  RangeSet gone;
  gone.add(command.range);
  for (const Range& range : kept.ranges()) {
    gone.remove(range);
    // What was never sent goes in its turn anyway.
    if (const auto sent = clip(range, 1, lane->published())) lane->resend.add_replay(*sent);
  }
  answer.accepted = kept.ranges();
  answer.unavailable = gone.ranges();
  return answer;
}

Actions Forwarder::step(Instant now) {
  State& state = *state_;
  state.last_now = now;
  Actions actions;
  state.keep_connected(now, actions);
  if (state.phase == State::Phase::flowing || state.phase == State::Phase::awaiting_ack) {
    state.ask_for_hash(actions);
  }
  if (state.phase == State::Phase::flowing) {
    state.watch_confirmations(now);
    state.take_levels(now, actions);
    state.request_reads(now, actions);
    state.publish(now, actions);
    state.request_reads(now, actions);  // what has just gone makes room to read ahead
    state.publish_heads(now, actions);
  }
  for (auto& [key, lane] : state.lanes) {
    if (lane.saved_confirmed == lane.confirmed() && lane.saved_published == lane.published())
      continue;
    lane.saved_confirmed = lane.confirmed();
    lane.saved_published = lane.published();
    actions.cursor_saves.push_back({key, lane.confirmed(), lane.published()});
  }
  actions.withheld = std::exchange(state.recorded.withheld, {});
  actions.rejected = std::exchange(state.recorded.rejected, {});
  actions.fork = std::exchange(state.recorded.fork, std::nullopt);
  actions.alerts = state.alerts.take_changes();
  actions.wake_at = state.wake_at(now);
  return actions;
}

HubState Forwarder::hub_state() const {
  switch (state_->phase) {
    case State::Phase::awaiting_ack:
    case State::Phase::flowing:
      return HubState::online;
    case State::Phase::connecting:
      if (state_->failed_as == HubState::offline) return HubState::connecting;
      return state_->failed_as;
    case State::Phase::offline:
      break;
  }
  return state_->failed_as;
}

StreamProgress Forwarder::progress(const StreamKey& stream) const {
  const Lane* lane = state_->find(stream);
  if (lane == nullptr) return {};
  return {lane->last(), lane->published(), lane->confirmed()};
}

}  // namespace storeward
