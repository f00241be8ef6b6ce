#include "agent/hub/broker_link.h"

#include <mqtt/async_client.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <deque>
#include <random>

namespace storeward::hub {
namespace {

constexpr std::size_t max_unacked = 15;  // below mosquitto's Receive Maximum of 20
constexpr auto patience = std::chrono::seconds(10);

std::string paho_url(const std::string& url) {
  if (url.starts_with("mqtt://")) return "tcp://" + url.substr(7);
  if (url.starts_with("mqtts://")) return "ssl://" + url.substr(8);
  return url;
}

bool is_tls(const std::string& url) {
  return url.starts_with("mqtts:") || url.starts_with("wss:");
}

std::string random_client_id() {
  std::random_device device;
  return "storeward-hub-" + std::to_string(device()) + std::to_string(device());
}

Sequence sequence_property(const mqtt::message& message, std::string_view wanted) {
  const mqtt::properties& properties = message.get_properties();
  const std::size_t count = properties.count(mqtt::property::USER_PROPERTY);
  for (std::size_t i = 0; i < count; ++i) {
    const auto [name, value] =
        mqtt::get<mqtt::string_pair>(properties, mqtt::property::USER_PROPERTY, i);
    if (name != wanted) continue;
    Sequence number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    return number;
  }
  return 0;
}

Arrival arrival_of(const mqtt::message& message) {
  return {message.get_topic(), message.to_string(), sequence_property(message, "first"),
          sequence_property(message, "last")};
}

mqtt::connect_options connect_options(const LinkOptions& options) {
  mqtt::connect_options connect;
  connect.set_mqtt_version(MQTTVERSION_5);
  connect.set_clean_start(true);
  connect.set_keep_alive_interval(std::chrono::seconds(20));
  connect.set_connect_timeout(patience);
  if (!options.username.empty()) {
    connect.set_user_name(options.username);
    connect.set_password(options.password);
  }
  if (is_tls(options.broker)) {
    mqtt::ssl_options tls;
    tls.set_verify(true);
    tls.set_enable_server_cert_auth(true);
    tls.set_trust_store(options.ca_file.empty() ? "/etc/ssl/certs/ca-certificates.crt"
                                                : options.ca_file);
    connect.set_ssl(tls);
  }
  return connect;
}

// For who runs the hub: what is wrong, and the next step.
std::string explain(const mqtt::exception& error, bool tls) {
  // Of CONNACK; Paho has it as the return code.
  const int code = std::max(error.get_return_code(), error.get_reason_code());
  if (code == mqtt::ReasonCode::BAD_USER_NAME_OR_PASSWORD ||
      code == mqtt::ReasonCode::NOT_AUTHORIZED) {
    return "it refuses the user or the password; check --username and --password-file";
  }
  if (code >= mqtt::ReasonCode::UNSPECIFIED_ERROR) {
    return "it refuses the connection (" + error.to_string() + ")";
  }
  return std::string("is the name of the host right, does a broker listen on the port") +
         (tls ? ", is its certificate one of --ca-file" : "") + "? (" + error.to_string() + ")";
}

}  // namespace

struct BrokerLink::Paho {
  explicit Paho(const std::string& url)
      : client(paho_url(url), random_client_id(), mqtt::create_options(MQTTVERSION_5)) {}

  Result<void> subscribe(const std::string& topic) {
    // An error by the protocol where the subscription is shared; we publish nothing but acks.
    const mqtt::subscribe_options options(topic.ends_with("/ack"));
    const Unexpected<Error> refusal =
        fail("it refuses the subscription " + topic + "; let its ACL grant that to the hub's user");
    try {
      const auto asked = client.subscribe(topic, 1, options);
      if (!asked->wait_for(patience)) return fail("no answer to the subscription " + topic);
      if (asked->get_reason_code() >= mqtt::ReasonCode::UNSPECIFIED_ERROR) return refusal;
    } catch (const mqtt::exception& error) {
      if (error.get_reason_code() < mqtt::ReasonCode::UNSPECIFIED_ERROR) throw;
      return refusal;
    }
    return {};
  }

  mqtt::async_client client;
  std::atomic<bool> up{false};
  std::deque<mqtt::delivery_token_ptr> unacked;
};

BrokerLink::BrokerLink(LinkOptions options, std::function<void(Arrival)> on_message)
    : options_(std::move(options)), on_message_(std::move(on_message)) {}

BrokerLink::~BrokerLink() {
  disconnect();
}

Result<void> BrokerLink::connect() {
  disconnect();
  try {
    paho_ = std::make_unique<Paho>(options_.broker);
    Paho& paho = *paho_;
    paho.client.set_connection_lost_handler([&paho](const std::string&) { paho.up = false; });
    paho.client.set_message_callback([this](mqtt::const_message_ptr message) noexcept {
      if (message) on_message_(arrival_of(*message));
    });
    const auto connecting = paho.client.connect(connect_options(options_));
    if (!connecting->wait_for(patience)) return fail("no answer within ten seconds");
    paho.up = true;
    // What is retained never comes over a shared subscription. The acks are those of the receivers
    // beside us and of a hub before us, and come first: serials go on above them.
    const std::string any_agent = options_.prefix + "/+/+/+/";
    const std::string share =
        options_.shared_group.empty() ? "" : "$share/" + options_.shared_group + "/";
    for (const std::string& topic : {any_agent + "ack", share + any_agent + "up/+",
                                     any_agent + "heads", any_agent + "state"}) {
      if (auto subscribed = paho.subscribe(topic); !subscribed) return subscribed;
    }
    return {};
  } catch (const mqtt::exception& error) {
    disconnect();
    return fail(explain(error, is_tls(options_.broker)));
  }
}

bool BrokerLink::connected() const {
  return paho_ && paho_->up;
}

void BrokerLink::disconnect() {
  if (!paho_) return;
  try {
    if (paho_->up) paho_->client.disconnect()->wait_for(std::chrono::seconds(2));
  } catch (const mqtt::exception&) {  // it is gone already, which is what we want
  }
  paho_.reset();
}

bool BrokerLink::room() const {
  if (!connected()) return false;
  auto& unacked = paho_->unacked;
  while (!unacked.empty() && unacked.front()->is_complete()) unacked.pop_front();
  return unacked.size() < max_unacked;
}

bool BrokerLink::publish(const OutgoingAck& ack) {
  if (!connected()) return false;
  try {
    paho_->unacked.push_back(
        paho_->client.publish(ack.topic, ack.payload.data(), ack.payload.size(), 1, true));
    return true;
  } catch (const mqtt::exception&) {  // the connection is going; everything is sent on the next
    return false;
  }
}

}  // namespace storeward::hub
