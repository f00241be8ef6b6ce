#include "drivers/mqtt/subscription.h"

#include <mqtt/async_client.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <string_view>
#include <utility>

#include "agent/tls/tls_diagnosis.h"

namespace storeward::mqtt_source {
namespace {

constexpr auto patience = std::chrono::seconds(10);
constexpr Millis diagnosis_patience{5'000};
constexpr auto keep_alive = std::chrono::seconds(60);
constexpr std::uint16_t receive_maximum = 20;  // they are taken one by one

std::string paho_url(const std::string& url) {
  if (url.starts_with("mqtts://")) return "ssl://" + url.substr(8);
  if (url.starts_with("mqtt://")) return "tcp://" + url.substr(7);
  return url;
}

bool is_encrypted(const SubscriptionOptions& options) {
  return options.broker.starts_with("mqtts://");
}

mqtt::connect_options connect_options(const SubscriptionOptions& options) {
  mqtt::connect_options connect;
  if (options.version_5) {
    connect.set_mqtt_version(MQTTVERSION_5);
    connect.set_clean_start(false);
    const auto seconds = static_cast<std::uint32_t>(options.session.count());
    connect.set_properties({mqtt::property(mqtt::property::SESSION_EXPIRY_INTERVAL, seconds),
                            mqtt::property(mqtt::property::RECEIVE_MAXIMUM, receive_maximum)});
  } else {
    connect.set_mqtt_version(MQTTVERSION_3_1_1);
    connect.set_clean_session(false);
  }
  connect.set_keep_alive_interval(keep_alive);
  connect.set_connect_timeout(patience);
  connect.set_automatic_reconnect(false);
  if (!options.username.empty()) {
    connect.set_user_name(options.username);
    connect.set_password(options.password);
  }
  if (is_encrypted(options)) {
    mqtt::ssl_options tls;
    tls.set_verify(true);
    tls.set_enable_server_cert_auth(true);
    tls.set_trust_store(options.ca_file.empty() ? "/etc/ssl/certs/ca-certificates.crt"
                                                : options.ca_file);
    connect.set_ssl(tls);
  }
  return connect;
}

// Of mqtts://host:port.
std::string host_port(const std::string& broker) {
  constexpr std::string_view scheme = "mqtts://", usual_port = ":8883";
  std::string address = broker.substr(scheme.size());
  address.erase(std::min(address.find('/'), address.size()));
  const bool has_port = address.rfind(':') != std::string::npos && !address.ends_with(']');
  return has_port ? address : address.append(usual_port);
}

std::string explain(const mqtt::exception& error, const SubscriptionOptions& options) {
  // Of CONNACK, in MQTT 3.1.1 and 5; with both Paho has it as the return code.
  constexpr int refusals[] = {4, 5, mqtt::ReasonCode::BAD_USER_NAME_OR_PASSWORD,
                              mqtt::ReasonCode::NOT_AUTHORIZED};
  if (std::ranges::find(refusals, error.get_return_code()) != std::end(refusals)) {
    return "the broker refuses the user or the password";
  }
  if (is_encrypted(options)) {
    const TlsTarget target{.host_port = host_port(options.broker), .ca_file = options.ca_file};
    if (const auto found = diagnose_tls(target, diagnosis_patience)) {
      const bool wants_ours = found->fault == TlsFault::agent_not_trusted;
      return "no connection to the broker " + options.broker + ": " + found->detail +
             (wants_ours ? "; this driver has none to show: let the broker ask for a password"
                         : "");
    }
  }
  return "no connection to the broker " + options.broker + " (" + error.to_string() + ")";
}

}  // namespace

struct Subscription::Paho {
  explicit Paho(const SubscriptionOptions& options)
      : client(paho_url(options.broker), options.client_id,
               mqtt::create_options(options.version_5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1)) {}

  mqtt::async_client client;
  std::atomic<bool> up{false};

  // The session keeps to them until it is told.
  Result<void> unsubscribe(const std::string& topic) {
    if (!client.unsubscribe(topic)->wait_for(patience)) {
      return fail("no answer to the end of the subscription " + topic);
    }
    return {};
  }

  Result<void> subscribe(const SubscriptionOptions& options, const std::string& topic) try {
    // What is retained comes once, and not at each of our connections.
    const mqtt::subscribe_options on_new(false, true,
                                         mqtt::subscribe_options::SEND_RETAINED_ON_NEW);
    const auto asked =
        options.version_5 ? client.subscribe(topic, 1, on_new) : client.subscribe(topic, 1);
    if (!asked->wait_for(patience)) return fail("no answer to the subscription " + topic);
    return {};
  } catch (const mqtt::exception& error) {
    // Of SUBACK: with MQTT 5 Paho has it as the reason, with 3.1.1 as the return code.
    const bool refused = error.get_reason_code() >= mqtt::ReasonCode::UNSPECIFIED_ERROR ||
                         error.get_return_code() == MQTT_BAD_SUBSCRIBE;
    if (!refused) throw;
    return fail("the broker refuses the subscription " + topic);
  }
};

Subscription::Subscription(std::unique_ptr<Paho> paho) : paho_(std::move(paho)) {}

Subscription::~Subscription() {
  try {
    if (paho_->up) paho_->client.disconnect()->wait_for(std::chrono::seconds(1));
  } catch (const mqtt::exception&) {  // it is gone already, which is what we want
  }
}

Result<std::unique_ptr<Subscription>> Subscription::open(const SubscriptionOptions& options,
                                                         Take take) {
  try {
    auto paho = std::make_unique<Paho>(options);
    paho->client.set_connection_lost_handler([up = &paho->up](const std::string&) { *up = false; });
    paho->client.set_message_callback(
        [take = std::move(take)](const mqtt::const_message_ptr& message) noexcept {
          if (!message) return;
          take({message->get_topic(), message->to_string(), message->is_retained()});
        });
    const auto connecting = paho->client.connect(connect_options(options));
    if (!connecting->wait_for(patience)) return fail("the broker does not answer");
    paho->up = true;
    std::unique_ptr<Subscription> made(new Subscription(std::move(paho)));
    for (const std::string& topic : options.topics) {
      if (auto subscribed = made->paho_->subscribe(options, topic); !subscribed) {
        return Unexpected{subscribed.error()};
      }
    }
    // Not before: nothing is left out that one of them and a new one both bring.
    for (const std::string& topic : options.former_topics) {
      if (auto ended = made->paho_->unsubscribe(topic); !ended) return Unexpected{ended.error()};
    }
    return made;
  } catch (const mqtt::exception& error) {
    return fail(explain(error, options));
  }
}

bool Subscription::up() const {
  return paho_->up;
}

}  // namespace storeward::mqtt_source
