#include "agent/mqtt/mqtt_connect_options.h"

#include <string_view>

namespace storeward {
namespace {

// Paho holds back what is above its own limit, and is slow to notice acks then: stay below it.
constexpr int paho_in_flight = 1000;
constexpr std::uint16_t our_receive_maximum = 64;
// An ack is at most 1 MiB (hub_protocol.h); the broker must not send us more than that and change.
constexpr std::uint32_t our_maximum_packet_size = 2u << 20;

mqtt::ssl_options tls_options(const MqttOptions& options) {
  mqtt::ssl_options tls;
  if (!options.ca_file.empty()) tls.set_trust_store(options.ca_file.string());
  if (!options.cert_file.empty()) tls.set_key_store(options.cert_file.string());
  if (!options.key_file.empty()) tls.set_private_key(options.key_file.string());
  tls.set_enable_server_cert_auth(true);
  tls.set_verify(true);                           // the host name too
  tls.set_ssl_version(MQTT_SSL_VERSION_TLS_1_2);  // the least
  return tls;
}

}  // namespace

std::string proxy_address(const MqttOptions& options) {
  constexpr std::string_view scheme = "http://";
  std::string proxy = options.proxy;
  if (proxy.starts_with(scheme)) proxy.erase(0, scheme.size());
  if (proxy.ends_with('/')) proxy.pop_back();
  return proxy;
}

mqtt::connect_options connect_options_for(const MqttOptions& options, const BrokerUrl& broker) {
  mqtt::connect_options connect;
  if (options.protocol == "5") {
    connect.set_mqtt_version(MQTTVERSION_5);
    connect.set_clean_start(true);
    mqtt::properties properties;
    properties.add({mqtt::property::SESSION_EXPIRY_INTERVAL, 0});
    properties.add({mqtt::property::RECEIVE_MAXIMUM, our_receive_maximum});
    properties.add({mqtt::property::MAXIMUM_PACKET_SIZE, our_maximum_packet_size});
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
  if (const std::string proxy = proxy_address(options); !proxy.empty()) {
    // Without a scheme: Paho takes off only http:// from the one and https:// from the other.
    connect.set_http_proxy(proxy);
    connect.set_https_proxy(proxy);
  }
  if (broker.tls) connect.set_ssl(tls_options(options));
  return connect;
}

}  // namespace storeward
