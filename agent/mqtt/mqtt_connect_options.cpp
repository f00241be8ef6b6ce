#include "agent/mqtt/mqtt_connect_options.h"

#include <utility>

namespace storeward {
namespace {

// Paho holds back what is above its own limit, and is slow to notice acks then: stay below it.
constexpr int paho_in_flight = 1000;
constexpr std::uint16_t our_receive_maximum = 64;
// An ack is at most 1 MiB (hub_protocol.h); the broker must not send us more than that and change.
constexpr std::uint32_t our_maximum_packet_size = 2u << 20;

mqtt::ssl_options tls_options(const MqttOptions& options,
                              std::function<void(const std::string&)> on_error) {
  mqtt::ssl_options tls;
  if (!options.ca_file.empty()) tls.set_trust_store(options.ca_file.string());
  if (!options.cert_file.empty()) tls.set_key_store(options.cert_file.string());
  if (!options.key_file.empty()) tls.set_private_key(options.key_file.string());
  tls.set_enable_server_cert_auth(true);
  tls.set_verify(true);                           // the host name too
  tls.set_ssl_version(MQTT_SSL_VERSION_TLS_1_2);  // the least
  tls.set_error_handler(std::move(on_error));
  return tls;
}

}  // namespace

mqtt::connect_options connect_options_for(const MqttOptions& options, const BrokerUrl& broker,
                                          std::function<void(const std::string&)> on_tls_error) {
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
  if (!options.proxy.empty()) {
    connect.set_http_proxy(options.proxy);
    connect.set_https_proxy(options.proxy);
  }
  if (broker.tls) connect.set_ssl(tls_options(options, std::move(on_tls_error)));
  return connect;
}

}  // namespace storeward
