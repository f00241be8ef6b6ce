#include "agent/mqtt/mqtt_hub_link.h"

#include <mqtt/async_client.h>

#include <algorithm>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "agent/base/log.h"
#include "agent/mqtt/tls_diagnosis.h"

namespace storeward {
namespace {

// Paho holds back what is above its own limit, and is slow to notice acks then: stay below it.
constexpr int paho_in_flight = 1000;
constexpr std::uint16_t our_receive_maximum = 64;
constexpr Millis shutdown_deadline{2'000};
constexpr Millis goodbye_deadline{500};

struct BrokerUrl {
  std::string paho;  // in Paho's spelling
  std::string host_port;
  bool tls = false, websocket = false;
};

BrokerUrl parse_url(const std::string& url) {
  const auto end = url.find("://");
  const std::string scheme = end == std::string::npos ? "mqtt" : url.substr(0, end);
  std::string rest = end == std::string::npos ? url : url.substr(end + 3);
  BrokerUrl broker;
  broker.tls = scheme == "mqtts" || scheme == "ssl" || scheme == "wss";
  broker.websocket = scheme == "ws" || scheme == "wss";
  const auto slash = rest.find('/');
  std::string path = slash == std::string::npos ? "" : rest.substr(slash);
  broker.host_port = rest.substr(0, slash);
  const auto colon = broker.host_port.rfind(':');
  const bool has_port = colon != std::string::npos && broker.host_port.back() != ']';
  if (!has_port) {
    broker.host_port +=
        broker.websocket ? (broker.tls ? ":443" : ":80") : (broker.tls ? ":8883" : ":1883");
  }
  if (broker.websocket && path.empty()) path = "/mqtt";
  broker.paho =
      broker.websocket ? (broker.tls ? "wss://" : "ws://") : (broker.tls ? "ssl://" : "tcp://");
  broker.paho += broker.host_port + (broker.websocket ? path : "");
  return broker;
}

mqtt::properties properties_of(const OutgoingMessage& message) {
  mqtt::properties properties;
  if (!message.content_type.empty()) {
    properties.add({mqtt::property::CONTENT_TYPE, message.content_type});
  }
  if (!message.correlation_data.empty()) {
    properties.add({mqtt::property::CORRELATION_DATA, message.correlation_data});
  }
  const std::pair<const char*, const std::string&> users[] = {{"epoch", message.epoch},
                                                              {"first", message.first},
                                                              {"last", message.last},
                                                              {"codec", message.codec}};
  for (const auto& [name, value] : users) {
    if (!value.empty()) properties.add({mqtt::property::USER_PROPERTY, name, value});
  }
  return properties;
}

std::string text_property(const mqtt::properties& properties, mqtt::property::code code) {
  if (!properties.contains(code)) return {};
  return mqtt::get<std::string>(properties, code);
}

// A CONNACK reason that says who we are is the trouble.
bool is_authorisation(int reason, bool v5) {
  return v5 ? (reason == 0x86 || reason == 0x87) : (reason == 4 || reason == 5);
}

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
    std::string tls_error;  // written by Paho's send thread before on_failure is posted
    std::mutex tls_error_mutex;
    bool up = false, reported_down = false;
    LinkLimits limits;
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

  void open(std::uint64_t generation, std::size_t broker_index);
  void start_client(Connection& with);
  void close(bool politely);
  void down(Connection& with, LinkFailure failure, std::string detail);
  void connect_failed(Connection& with, int return_code, int reason, const std::string& text);
  void connected(Connection& with);
  void subscribed(Connection& with);
  void send(std::uint64_t generation, PublishId id, const OutgoingMessage& message);
  mqtt::connect_options connect_options(Connection& with);

  bool v5() const { return options.protocol == "5"; }

  const MqttOptions options;
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
        w.connect_failed(c, code, reason, text);
      });
    case mqtt::token::SUBSCRIBE:
      return self->from_paho(generation, [reason](Wire& w, Connection& c) {
        w.down(c, reason >= 0x80 ? LinkFailure::not_authorised : LinkFailure::lost,
               "the broker refuses the subscription to ack and down/#");
      });
    default:
      break;
  }
  // Below 0x80 it is the session that was lost, not the message that was refused.
  const auto id = reinterpret_cast<std::uintptr_t>(token.get_user_context());
  if (id == 0 || reason < 0x80) return;
  self->tell(generation, [id, reason](const HubLinkEvents& e) {
    e.on_broker_ack(id, static_cast<std::uint8_t>(reason));
  });
}

mqtt::connect_options MqttHubLink::Wire::connect_options(Connection& with) {
  mqtt::connect_options connect;
  if (v5()) {
    connect.set_mqtt_version(MQTTVERSION_5);
    connect.set_clean_start(true);
    mqtt::properties properties;
    properties.add({mqtt::property::SESSION_EXPIRY_INTERVAL, 0});
    properties.add({mqtt::property::RECEIVE_MAXIMUM, our_receive_maximum});
    connect.set_properties(std::move(properties));
  } else {
    connect.set_mqtt_version(MQTTVERSION_3_1_1);
    connect.set_clean_session(true);
  }
  connect.set_automatic_reconnect(false);
  connect.set_keep_alive_interval(options.keep_alive);
  connect.set_connect_timeout(options.connect_timeout);
  connect.set_max_inflight(paho_in_flight);
  if (!options.username.empty()) connect.set_user_name(options.username);
  if (!options.password.empty()) connect.set_password(options.password);
  if (!options.will_topic.empty()) {
    connect.set_will_message(mqtt::message(options.will_topic, options.will_payload, 1, true));
  }
  if (with.broker.websocket && !options.proxy.empty()) {
    connect.set_http_proxy(options.proxy);
    connect.set_https_proxy(options.proxy);
  }
  if (with.broker.tls) {
    mqtt::ssl_options tls;
    if (!options.ca_file.empty()) tls.set_trust_store(options.ca_file.string());
    if (!options.cert_file.empty()) tls.set_key_store(options.cert_file.string());
    if (!options.key_file.empty()) tls.set_private_key(options.key_file.string());
    tls.set_enable_server_cert_auth(true);
    tls.set_verify(true);                           // the host name too
    tls.set_ssl_version(MQTT_SSL_VERSION_TLS_1_2);  // the least
    tls.set_error_handler([&with](const std::string& line) {
      const std::lock_guard lock(with.tls_error_mutex);
      if (with.tls_error.size() < 1000) with.tls_error += line;
    });
    connect.set_ssl(std::move(tls));
  }
  return connect;
}

void MqttHubLink::Wire::open(std::uint64_t generation, std::size_t broker_index) {
  close(true);
  connection = std::make_unique<Connection>(weak_from_this(), generation);
  Connection& with = *connection;
  if (broker_index >= options.urls.size()) {
    return down(with, LinkFailure::unreachable, "no broker is configured at hub.url");
  }
  with.broker = parse_url(options.urls[broker_index]);
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
    self->tell(generation, [incoming = std::move(incoming)](const HubLinkEvents& e) {
      e.on_message(incoming);
    });
  });
  with.connect_token = with.client->connect(connect_options(with), nullptr, with);
}

void MqttHubLink::Wire::connect_failed(Connection& with, int return_code, int reason,
                                       const std::string& text) {
  const std::string place = with.broker.host_port + ": ";
  // The CONNACK's code comes as a positive return code, with MQTT 5 sometimes as the reason.
  const int refusal = v5() && reason >= 0x80 ? reason : std::max(return_code, 0);
  if (refusal != 0) {
    const std::string why =
        v5() ? MQTTReasonCode_toString(static_cast<MQTTReasonCodes>(refusal)) : text;
    const bool authorisation = is_authorisation(refusal, v5());
    return down(with, authorisation ? LinkFailure::not_authorised : LinkFailure::refused,
                place + "the broker refuses the connection: " + why +
                    (authorisation ? "; check hub.username and hub.password_file" : ""));
  }
  std::string tls_error;
  {
    const std::lock_guard lock(with.tls_error_mutex);
    tls_error = with.tls_error;
  }
  if (with.broker.tls) {
    std::optional<std::string> why;
    const bool proxied = with.broker.websocket && !options.proxy.empty();
    if (!proxied)
      why = why_untrusted(with.broker.host_port, options.ca_file.string(), Millis{5'000});
    if (!why && tls_error.find("verify failed") != std::string::npos) {
      why = "the broker's certificate cannot be verified";
    }
    if (why) return down(with, LinkFailure::untrusted, place + *why);
  }
  down(with, LinkFailure::unreachable,
       place + (text.empty() || text == "Failure" ? "cannot be reached" : text) +
           (tls_error.empty() ? "" : " " + tls_error));
}

void MqttHubLink::Wire::connected(Connection& with) {
  try {
    with.limits.broker = with.broker.host_port;
    if (v5()) {
      // Here and not in the callback: the token completes only after it.
      const mqtt::connect_response response = with.connect_token->get_connect_response();
      const mqtt::properties& properties = response.get_properties();
      if (properties.contains(mqtt::property::RECEIVE_MAXIMUM)) {
        with.limits.receive_maximum =
            mqtt::get<std::uint16_t>(properties, mqtt::property::RECEIVE_MAXIMUM);
      }
      if (properties.contains(mqtt::property::MAXIMUM_PACKET_SIZE)) {
        with.limits.maximum_packet_size =
            mqtt::get<std::uint32_t>(properties, mqtt::property::MAXIMUM_PACKET_SIZE);
      }
    }
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
        if (static_cast<int>(code) < 0x80) continue;
        return down(
            with, LinkFailure::not_authorised,
            with.broker.host_port + ": the broker refuses the subscription to ack and down/#");
      }
    }
  } catch (const std::exception& error) {
    return down(with, LinkFailure::lost, with.broker.host_port + ": " + error.what());
  }
  with.up = true;
  tell(with.generation, [limits = with.limits](const HubLinkEvents& e) { e.on_up(limits); });
}

void MqttHubLink::Wire::down(Connection& with, LinkFailure failure, std::string detail) {
  if (with.reported_down) return;
  with.reported_down = true;
  tell(with.generation, [failure, detail = std::move(detail)](const HubLinkEvents& e) {
    e.on_down(failure, detail);
  });
}

void MqttHubLink::Wire::send(std::uint64_t generation, PublishId id,
                             const OutgoingMessage& message) {
  if (!connection || connection->generation != generation || connection->reported_down) return;
  try {
    auto out = mqtt::message::create(message.topic, mqtt::binary_ref(message.payload), 1,
                                     message.retained);
    if (v5()) out->set_properties(properties_of(message));
    connection->client->publish(out, reinterpret_cast<void*>(static_cast<std::uintptr_t>(id)),
                                *connection);
  } catch (const std::exception& error) {
    down(*connection, LinkFailure::lost, connection->broker.host_port + ": " + error.what());
  }
}

void MqttHubLink::Wire::close(bool politely) {
  if (!connection) return;
  try {
    if (connection->client && politely && connection->up && !connection->reported_down) {
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

MqttHubLink::MqttHubLink(asio::io_context& io, MqttOptions options, HubLinkEvents events)
    : wire_(std::make_shared<Wire>(io, std::move(options), std::move(events))) {
  wire_->thread = std::thread([wire = wire_] {
    wire->hub.run();
    wire->close(true);
    const std::lock_guard lock(wire->done_mutex);
    wire->done = true;
    wire->done_changed.notify_all();
  });
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

void MqttHubLink::publish(PublishId id, OutgoingMessage message) {
  const std::uint64_t generation = wire_->wanted;
  wire_->run_later([generation, id, message = std::move(message)](Wire& wire) {
    wire.send(generation, id, message);
  });
}

}  // namespace storeward
