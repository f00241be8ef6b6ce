#include "agent/runtime/forward_loop.h"

#include <nlohmann/json.hpp>

#include <utility>

#include "agent/base/log.h"

namespace storeward {

ForwardLoop::ForwardLoop(asio::io_context& io, const Clock& clock, Options options,
                         Forwarder forwarder, StoreThread& store, ReaderThread& reader,
                         std::function<void(const AlertChange&)> on_alert)
    : io_(io),
      clock_(clock),
      options_(std::move(options)),
      forwarder_(std::move(forwarder)),
      store_(store),
      reader_(reader),
      on_alert_(std::move(on_alert)),
      timer_(io),
      since_(to_rfc3339(clock.wall())) {
  facts_.since = clock.wall();
  facts_.broker = options_.broker;
}

HubLinkEvents ForwardLoop::link_events() {
  return {.on_up = [this](const LinkLimits& limits) { on_link_up(limits); },
          .on_down = [this](LinkFailure failure,
                            const std::string& detail) { on_link_down(failure, detail); },
          .on_broker_ack =
              [this](PublishId id, std::uint8_t reason_code) {
                forwarder_.on_broker_ack(clock_.now(), id, reason_code);
                pump();
              },
          .on_message = [this](const IncomingMessage& message) { on_message(message); }};
}

void ForwardLoop::start(HubLink& link, const store::OutboxStatus& status) {
  link_ = &link;
  epoch_ = status.epoch;
  for (const StreamState& state : status.streams) {
    milestones_.begin(Milestone::published, state.stream, state.head.published);
    milestones_.begin(Milestone::broker_acked, state.stream, state.head.published);
    milestones_.begin(Milestone::confirmed, state.stream, state.head.confirmed);
  }
  forwarder_.on_levels_waiting(status.levels_waiting != 0);
  pump();
}

void ForwardLoop::stop() {
  if (link_ == nullptr) return;
  timer_.cancel();
  if (link_is_up_) publish_state(false);
  std::exchange(link_, nullptr)->disconnect();
}

void ForwardLoop::on_committed(const std::vector<store::CommittedStream>& streams,
                               bool levels_waiting) {
  for (const store::CommittedStream& grown : streams) {
    forwarder_.on_committed(grown.stream, grown.head);
    for (const Message& message : grown.messages) forwarder_.on_committed_message(message);
  }
  forwarder_.on_levels_waiting(levels_waiting);
  pump();
}

void ForwardLoop::on_forked(const store::OutboxStatus& status) {
  epoch_ = status.epoch;
  forwarder_.on_epoch(status.epoch, status.streams);
  if (link_is_up_) publish_state(true);
  pump();
}

ReplayAnswer ForwardLoop::replay(const ReplayCommand& command) {
  ReplayAnswer answer = forwarder_.on_replay(command);
  pump();
  return answer;
}

void ForwardLoop::on_link_up(const LinkLimits& limits) {
  if (link_ == nullptr) return;
  link_is_up_ = true;
  facts_.broker = limits.broker;
  facts_.detail.clear();
  log::info("hub: connected to {}", limits.broker);
  publish_state(true);
  forwarder_.on_link_up(clock_.now(), limits);
  pump();
}

void ForwardLoop::on_link_down(LinkFailure failure, const std::string& detail) {
  if (link_ == nullptr) return;
  if (link_is_up_ || facts_.detail != detail) log::warn("hub: {}", detail);
  link_is_up_ = false;
  facts_.detail = detail;
  forwarder_.on_link_down(clock_.now(), failure, detail);
  pump();
}

void ForwardLoop::on_message(const IncomingMessage& message) {
  if (message.topic == options_.root + "/ack") {
    forwarder_.on_ack(clock_.now(), message.payload);
    pump();
  } else if (message.topic == options_.root + "/down/command") {
    on_command(message);
  }
  // The rest of down/# belongs to a later contract.
}

void ForwardLoop::on_command(const IncomingMessage& message) {
  const auto command = parse_command(message.payload);
  ReplayAnswer answer;
  if (command) {
    log::info("hub asks to replay {} {}..{}", name_of(command->stream.stream), command->range.first,
              command->range.last);
    answer = replay(*command);
  } else {
    answer.reason = command.error().message;
  }
  if (link_ == nullptr) return;
  const std::string reply = options_.root + "/reply";
  OutgoingMessage out{.topic = message.response_topic.empty() ? reply : message.response_topic,
                      .payload = std::make_shared<const std::string>(to_json(answer))};
  out.correlation_data = message.correlation_data;
  link_->publish(0, std::move(out));
}

void ForwardLoop::pump() {
  if (link_ == nullptr) return;
  Actions actions = forwarder_.step(clock_.now());
  apply(actions);
  note_hub_state();
  wake_at(actions.wake_at);
}

void ForwardLoop::apply(Actions& actions) {
  for (const AlertChange& alert : actions.alerts) on_alert_(alert);
  if (actions.disconnect) {
    link_is_up_ = false;
    link_->disconnect();
  }
  if (actions.connect) link_->connect(actions.broker_index);
  for (const ReadRequest& request : actions.reads) read(request);
  for (Publish& publish_action : actions.publishes) publish(std::move(publish_action));
  if (actions.publish_heads) {
    link_->publish(0,
                   {.topic = options_.root + "/heads",
                    .payload = std::make_shared<const std::string>(to_json(*actions.publish_heads)),
                    .retained = true});
  }
  if (actions.hash_query) query_hash(*actions.hash_query, actions.hash_at);

  StoreThread::Upkeep upkeep{std::move(actions.cursor_saves), std::move(actions.withheld),
                             std::move(actions.rejected), actions.take_levels};
  for (const CursorSave& save : upkeep.cursors) {
    Sequence& confirmed = confirmed_[save.stream];
    if (save.confirmed > confirmed) facts_.last_confirmation = clock_.wall();
    confirmed = save.confirmed;
    milestones_.reached(Milestone::broker_acked, save.stream, save.published, clock_.wall());
    milestones_.reached(Milestone::confirmed, save.stream, save.confirmed, clock_.wall());
  }
  if (!upkeep.cursors.empty() || !upkeep.withheld.empty() || !upkeep.rejected.empty() ||
      upkeep.take_levels) {
    store_.apply(std::move(upkeep));
  }
  if (actions.fork) store_.fork_epoch(actions.fork->reason);
}

void ForwardLoop::read(const ReadRequest& request) {
  const bool asked =
      reader_.ask([request](store::OutboxReader& reader) { return reader.read(request); },
                  [this, request](store::StoreResult<Message> message) {
                    if (!message) {
                      log::error("outbox: cannot read {}: {}", name_of(request.stream.stream),
                                 message.error().message);
                      return a_second_later([this, request] { read(request); });
                    }
                    forwarder_.on_read(request, *message);
                    pump();
                  });
  if (!asked) a_second_later([this, request] { read(request); });
}

// The forwarder waits for every answer it asked for; a failing read must neither be lost nor spin.
void ForwardLoop::a_second_later(std::function<void()> again) {
  auto timer = std::make_shared<asio::steady_timer>(io_, std::chrono::seconds(1));
  timer->async_wait([again = std::move(again), timer](const asio::error_code&) { again(); });
}

void ForwardLoop::query_hash(const StreamKey& stream, Sequence at) {
  const bool asked =
      reader_.ask([stream, at](store::OutboxReader& reader) { return reader.hash_at(stream, at); },
                  [this, stream, at](store::StoreResult<std::optional<Sha256>> hash) {
                    if (!hash) {
                      log::error("outbox: {}", hash.error().message);
                      return a_second_later([this, stream, at] { query_hash(stream, at); });
                    }
                    forwarder_.on_hash(stream, at, *hash);
                    pump();
                  });
  if (!asked) a_second_later([this, stream, at] { query_hash(stream, at); });
}

void ForwardLoop::publish(Publish publish) {
  const Message& message = publish.message;
  milestones_.reached(Milestone::published, message.stream, message.range.last, clock_.wall());
  OutgoingMessage out{.topic = options_.root + "/up/" + std::string(name_of(message.stream.stream)),
                      .payload = message.payload};
  if (options_.use_properties) {
    out.content_type = "application/cloudevents-batch+json";
    out.epoch = message.stream.epoch;
    out.first = std::to_string(message.range.first);
    out.last = std::to_string(message.range.last);
    out.codec = message.codec == Codec::zstd ? "zstd" : "none";
  }
  link_->publish(publish.id, std::move(out));
}

void ForwardLoop::publish_state(bool online) {
  nlohmann::json state = {{"online", online}, {"epoch", epoch_}};
  if (online) {
    state["agent"] = options_.agent;
    state["version"] = options_.version;
    state["since"] = since_;
  }
  link_->publish(0, {.topic = options_.root + "/state",
                     .payload = std::make_shared<const std::string>(state.dump()),
                     .retained = true});
}

void ForwardLoop::note_hub_state() {
  const HubState state = forwarder_.hub_state();
  if (state == facts_.state) return;
  facts_.state = state;
  facts_.since = clock_.wall();
}

void ForwardLoop::wake_at(std::optional<Instant> when) {
  if (!when) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(std::chrono::steady_clock::time_point(*when));
  timer_.async_wait([this](const asio::error_code& cancelled) {
    if (!cancelled) pump();
  });
}

}  // namespace storeward
