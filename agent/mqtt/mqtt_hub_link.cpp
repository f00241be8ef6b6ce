#include "agent/mqtt/mqtt_hub_link.h"

#include <mqtt/async_client.h>
#include <pthread.h>

#include <algorithm>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "agent/base/log.h"
#include "agent/link/broker_url.h"
#include "agent/mqtt/connect_failure.h"
#include "agent/mqtt/mqtt_connect_options.h"
#include "agent/mqtt/mqtt_properties.h"
#include "agent/mqtt/receive_window.h"

namespace storeward {
namespace {

// What waits for the io thread. The hub's next ack supersedes what is dropped beyond that.
constexpr std::size_t most_inbound_messages = 1'000;
constexpr std::size_t most_inbound_bytes = 4u << 20;
constexpr Millis shutdown_deadline{2'000};
constexpr Millis goodbye_deadline{500};
constexpr Millis beat_interval{1'000};
constexpr std::size_t packet_header_most = 5 + 2 + 2 + 4;  // fixed, topic length, id, properties

}  // namespace

// What lives on the hub thread. Shared, because a thread that hangs in a name look-up at shutdown
// is left behind, and must then find nothing of the agent to touch.
struct MqttHubLink::Wire : std::enable_shared_from_this<Wire> {
  // One client and its callbacks.
  struct Connection final : mqtt::iaction_listener {
    enum Step : std::uintptr_t { connecting = 1, subscribing = 2, publishing = 3 };

    Connection(std::weak_ptr<Wire> wire_in, std::uint64_t generation_in)
        : wire(std::move(wire_in)), generation(generation_in) {}

    void on_success(const mqtt::token& token) noexcept override;
    void on_failure(const mqtt::token& token) noexcept override;

    std::weak_ptr<Wire> wire;
    const std::uint64_t generation;
    BrokerUrl broker;
    bool up = false, reported_down = false;
    LinkLimits limits;
    ReceiveWindow window;
    mqtt::token_ptr connect_token, subscribe_token;
    std::unique_ptr<mqtt::async_client> client;
  };

  Wire(asio::io_context& io_in, MqttOptions options_in, HubLinkEvents events_in)
      : options(std::move(options_in)), events(std::move(events_in)), io(&io_in) {}

  // On the io thread.
  void run_later(std::function<void(Wire&)> work) {
    asio::post(hub, [self = shared_from_this(), work = std::move(work)] { work(*self); });
  }

  // From any thread: to the io thread, if it is still there and this connection is still meant.
  template <typename Event>
  void tell(std::uint64_t from, Event event) noexcept {
    const std::lock_guard lock(io_mutex);
    if (io == nullptr) return;
    asio::post(*io, [self = shared_from_this(), from, event = std::move(event)] {
      if (self->closed || from != self->wanted) return;
      event(self->events);
    });
  }

  // Called by Paho's threads: to the hub thread.
  template <typename Work>
  void from_paho(std::uint64_t from, Work work) noexcept {
    asio::post(hub, [self = shared_from_this(), from, work = std::move(work)] {
      if (self->connection && self->connection->generation == from) work(*self, *self->connection);
    });
  }

  // Called by Paho's receive thread: to the io thread, within bounds.
  void pass_on(std::uint64_t from, IncomingMessage message) noexcept;

  void open(std::uint64_t generation, std::size_t broker_index);
  void start_client(Connection& with);
  void close(bool politely);
  void down(Connection& with, LinkFailure failure, std::string detail);
  void connect_failed(Connection& with, const PahoFailure& failure);
  void connected(Connection& with);
  void subscribed(Connection& with);
  void subscription_refused(Connection& with, int reason);
  void send(std::uint64_t generation, PublishId id, OutgoingMessage message);
  void hand_over(PublishId id, const OutgoingMessage& message);
  void one_is_acked();

  bool v5() const { return options.protocol == "5"; }

  MqttOptions options;  // hub thread
  const HubLinkEvents events;

  // io thread
  std::uint64_t wanted = 0;  // generation whose events are passed on; grows with each (dis)connect
  bool closed = false;

  std::mutex io_mutex;
  asio::io_context* io;

  asio::io_context hub{1};
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> keep_running{
      hub.get_executor()};
  std::thread thread;
  std::mutex done_mutex;
  std::condition_variable done_changed;
  bool done = false;
  Heartbeat heartbeat;

  std::atomic<std::size_t> inbound_messages{0}, inbound_bytes{0};  // on their way to the io thread

  // hub thread
  std::unique_ptr<Connection> connection;
};

void MqttHubLink::Wire::Connection::on_success(const mqtt::token& token) noexcept {
  const auto self = wire.lock();
  if (!self) return;
  switch (token.get_type()) {
    case mqtt::token::CONNECT:
      return self->from_paho(generation, [](Wire& w, Connection& c) { w.connected(c); });
    case mqtt::token::SUBSCRIBE:
      return self->from_paho(generation, [](Wire& w, Connection& c) { w.subscribed(c); });
    default:
      break;
  }
  self->from_paho(generation, [](Wire& w, Connection&) { w.one_is_acked(); });
  const auto id = reinterpret_cast<std::uintptr_t>(token.get_user_context());
  if (id == 0) return;
  const auto reason = static_cast<std::uint8_t>(token.get_reason_code());
  self->tell(generation, [id, reason](const HubLinkEvents& e) { e.on_broker_ack(id, reason); });
}

void MqttHubLink::Wire::Connection::on_failure(const mqtt::token& token) noexcept {
  const auto self = wire.lock();
  if (!self) return;
  const int code = token.get_return_code(), reason = token.get_reason_code();
  const char* const known = code == 0 ? nullptr : MQTTAsync_strerror(code);
  const std::string text = known == nullptr ? std::string{} : known;
  switch (token.get_type()) {
    case mqtt::token::CONNECT:
      return self->from_paho(generation, [code, reason, text](Wire& w, Connection& c) {
        w.connect_failed(c, {code, reason, text});
      });
    case mqtt::token::SUBSCRIBE:
      return self->from_paho(generation, [reason](Wire& w, Connection& c) {
        if (reason >= 0x80) return w.subscription_refused(c, reason);
        w.down(c, LinkFailure::lost, c.broker.host_port + ": no answer to the subscription");
      });
    default:
      break;
  }
  self->from_paho(generation, [](Wire& w, Connection&) { w.one_is_acked(); });
  // Below 0x80 it is the session that was lost, not the message that was refused.
  const auto id = reinterpret_cast<std::uintptr_t>(token.get_user_context());
  if (id == 0 || reason < 0x80) return;
  self->tell(generation, [id, reason](const HubLinkEvents& e) {
    e.on_broker_ack(id, static_cast<std::uint8_t>(reason));
  });
}

void MqttHubLink::Wire::open(std::uint64_t generation, std::size_t broker_index) {
  close(true);
  connection = std::make_unique<Connection>(weak_from_this(), generation);
  Connection& with = *connection;
  if (broker_index >= options.urls.size()) {
    return down(with, LinkFailure::unreachable, "no broker is configured at hub.url");
  }
  with.broker = parse_broker_url(options.urls[broker_index]);
  try {
    start_client(with);
  } catch (const std::exception& error) {
    down(with, LinkFailure::unreachable, with.broker.host_port + ": " + error.what());
  }
}

void MqttHubLink::Wire::start_client(Connection& with) {
  mqtt::create_options create(v5() ? MQTTVERSION_5 : MQTTVERSION_3_1_1);
  with.client =
      std::make_unique<mqtt::async_client>(with.broker.paho, options.client_id, create, nullptr);
  const std::uint64_t generation = with.generation;
  const std::weak_ptr<Wire> weak = weak_from_this();
  with.client->set_connection_lost_handler([weak, generation](const std::string& cause) {
    if (const auto self = weak.lock()) {
      self->from_paho(generation, [cause](Wire& w, Connection& c) {
        w.down(
            c, LinkFailure::lost,
            "connection to " + c.broker.host_port + " lost" + (cause.empty() ? "" : ": " + cause));
      });
    }
  });
  with.client->set_disconnected_handler(
      [weak, generation](const mqtt::properties&, mqtt::ReasonCode reason) {
        const auto self = weak.lock();
        if (!self) return;
        self->from_paho(generation, [reason](Wire& w, Connection& c) {
          const bool refused = reason == mqtt::ReasonCode::NOT_AUTHORIZED;
          w.down(c, refused ? LinkFailure::not_authorised : LinkFailure::lost,
                 c.broker.host_port + " closed the connection: " +
                     MQTTReasonCode_toString(static_cast<MQTTReasonCodes>(reason)));
        });
      });
  with.client->set_message_callback([weak, generation](mqtt::const_message_ptr message) {
    const auto self = weak.lock();
    if (!self || !message) return;
    IncomingMessage incoming{
        message->get_topic(), message->get_payload_str(),
        text_property(message->get_properties(), mqtt::property::RESPONSE_TOPIC),
        text_property(message->get_properties(), mqtt::property::CORRELATION_DATA)};
    self->pass_on(generation, std::move(incoming));
  });
  with.connect_token =
      with.client->connect(connect_options_for(options, with.broker), nullptr, with);
}

void MqttHubLink::Wire::connect_failed(Connection& with, const PahoFailure& failure) {
  ConnectFailure why = explain_connect_failure(options, with.broker, failure);
  down(with, why.kind, std::move(why.detail));
}

void MqttHubLink::Wire::connected(Connection& with) {
  try {
    if (v5()) {
      // Here and not in the callback: the token completes only after it.
      const mqtt::connect_response response = with.connect_token->get_connect_response();
      with.limits = limits_in(response.get_properties());
      with.window.set_maximum(with.limits.receive_maximum);
    }
    with.limits.broker = with.broker.host_port;
    if (options.subscriptions.empty()) return subscribed(with);
    const auto topics = mqtt::string_collection::create(options.subscriptions);
    with.subscribe_token = with.client->subscribe(
        topics, mqtt::iasync_client::qos_collection(options.subscriptions.size(), 1), nullptr,
        with);
  } catch (const std::exception& error) {
    down(with, LinkFailure::lost, with.broker.host_port + ": " + error.what());
  }
}

void MqttHubLink::Wire::subscribed(Connection& with) {
  if (with.reported_down) return;
  try {
    if (with.subscribe_token) {
      const mqtt::subscribe_response answer = with.subscribe_token->get_subscribe_response();
      for (const mqtt::ReasonCode code : answer.get_reason_codes()) {
        if (static_cast<int>(code) >= 0x80) return subscription_refused(with, code);
      }
    }
  } catch (const mqtt::exception& error) {  // of a refusal, too
    if (error.get_reason_code() >= 0x80) return subscription_refused(with, error.get_reason_code());
    return down(with, LinkFailure::lost, with.broker.host_port + ": " + error.what());
  } catch (const std::exception& error) {
    return down(with, LinkFailure::lost, with.broker.host_port + ": " + error.what());
  }
  with.up = true;
  tell(with.generation, [limits = with.limits](const HubLinkEvents& e) { e.on_up(limits); });
}

void MqttHubLink::Wire::subscription_refused(Connection& with, int reason) {
  const char* const known = MQTTReasonCode_toString(static_cast<MQTTReasonCodes>(reason));
  down(with, LinkFailure::not_authorised,
       with.broker.host_port + ": the broker refuses the subscription to ack and down/#" +
           (known == nullptr ? "" : " (" + std::string(known) + ")") +
           "; its ACL must let this agent read both");
}

void MqttHubLink::Wire::down(Connection& with, LinkFailure failure, std::string detail) {
  if (with.reported_down) return;
  with.reported_down = true;
  tell(with.generation, [failure, detail = std::move(detail)](const HubLinkEvents& e) {
    e.on_down(failure, detail);
  });
}

void MqttHubLink::Wire::send(std::uint64_t generation, PublishId id, OutgoingMessage message) {
  if (!connection || connection->generation != generation || connection->reported_down) return;
  if (connection->window.has_room()) return hand_over(id, message);
  const std::string topic = message.topic;
  if (!connection->window.hold(id, std::move(message)))
    log::debug("hub: a message on {} dropped, too much waits", topic);
}

void MqttHubLink::Wire::hand_over(PublishId id, const OutgoingMessage& message) {
  try {
    auto out = mqtt::message::create(message.topic, mqtt::binary_ref(message.payload), 1,
                                     message.retained);
    if (v5()) out->set_properties(properties_of(message));
    // A larger one is an error of the protocol, after which the broker closes. Paho does not look.
    const std::size_t size = packet_header_most + message.topic.size() + message.payload->size() +
                             static_cast<std::size_t>(out->get_properties().c_struct().length);
    if (size > connection->limits.maximum_packet_size) {
      log::debug("hub: {} bytes on {} not sent, the broker takes {}", size, message.topic,
                 connection->limits.maximum_packet_size);
      if (id == 0) return;
      return tell(connection->generation,
                  [id](const HubLinkEvents& e) { e.on_broker_ack(id, reason_packet_too_large); });
    }
    connection->client->publish(out, reinterpret_cast<void*>(static_cast<std::uintptr_t>(id)),
                                *connection);
    connection->window.sent();
  } catch (const std::exception& error) {
    down(*connection, LinkFailure::lost, connection->broker.host_port + ": " + error.what());
  }
}

void MqttHubLink::Wire::one_is_acked() {
  connection->window.acked();
  while (!connection->reported_down && connection->window.has_room()) {
    const auto waiting = connection->window.next();
    if (!waiting) return;
    hand_over(waiting->id, waiting->message);
  }
}

void MqttHubLink::Wire::close(bool politely) {
  if (!connection) return;
  try {
    if (connection->client && politely && connection->up && !connection->reported_down) {
      while (const auto last = connection->window.next()) hand_over(last->id, last->message);
      connection->client->disconnect(static_cast<int>(goodbye_deadline.count()))
          ->wait_for(goodbye_deadline);
    }
  } catch (const std::exception& error) {
    log::debug("hub: disconnect: {}", error.what());
  }
  // First the client, whose callbacks use the connection.
  connection->client.reset();
  connection.reset();
}

void MqttHubLink::Wire::pass_on(std::uint64_t from, IncomingMessage message) noexcept {
  const std::size_t bytes = message.topic.size() + message.payload.size() +
                            message.response_topic.size() + message.correlation_data.size();
  if (inbound_messages >= most_inbound_messages || inbound_bytes + bytes > most_inbound_bytes) {
    return log::debug("hub: {} bytes on {} dropped, too much waits", bytes, message.topic);
  }
  ++inbound_messages;
  inbound_bytes += bytes;
  const std::lock_guard lock(io_mutex);
  if (io == nullptr) return;
  asio::post(*io, [self = shared_from_this(), from, bytes, message = std::move(message)] {
    --self->inbound_messages;
    self->inbound_bytes -= bytes;
    if (!self->closed && from == self->wanted) self->events.on_message(message);
  });
}

MqttHubLink::MqttHubLink(asio::io_context& io, MqttOptions options, HubLinkEvents events)
    : wire_(std::make_shared<Wire>(io, std::move(options), std::move(events))) {
  wire_->thread = std::thread([wire = wire_] {
    while (!wire->hub.stopped()) {
      wire->heartbeat.beat();
      wire->hub.run_for(beat_interval);
    }
    wire->close(true);
    const std::lock_guard lock(wire->done_mutex);
    wire->done = true;
    wire->done_changed.notify_all();
  });
  ::pthread_setname_np(wire_->thread.native_handle(), "hub");
}

MqttHubLink::~MqttHubLink() {
  wire_->closed = true;
  {
    const std::lock_guard lock(wire_->io_mutex);
    wire_->io = nullptr;
  }
  wire_->run_later([](Wire& wire) { wire.keep_running.reset(); });
  std::unique_lock lock(wire_->done_mutex);
  const bool ended =
      wire_->done_changed.wait_for(lock, shutdown_deadline, [this] { return wire_->done; });
  lock.unlock();
  if (ended) {
    wire_->thread.join();
  } else {
    log::warn("hub: the connection does not close (a name look-up hangs?); left behind");
    wire_->thread.detach();
  }
}

void MqttHubLink::connect(std::size_t broker_index) {
  const std::uint64_t generation = ++wire_->wanted;
  wire_->run_later([generation, broker_index](Wire& wire) { wire.open(generation, broker_index); });
}

void MqttHubLink::disconnect() {
  ++wire_->wanted;
  wire_->run_later([](Wire& wire) { wire.close(true); });
}

void MqttHubLink::set_will(std::string payload) {
  wire_->run_later([payload = std::move(payload)](Wire& wire) mutable {
    wire.options.will_payload = std::move(payload);
  });
}

const Heartbeat& MqttHubLink::heartbeat() const {
  return wire_->heartbeat;
}

void MqttHubLink::publish(PublishId id, OutgoingMessage message) {
  const std::uint64_t generation = wire_->wanted;
  wire_->run_later([generation, id, message = std::move(message)](Wire& wire) mutable {
    wire.send(generation, id, std::move(message));
  });
}

}  // namespace storeward
