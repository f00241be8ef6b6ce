// What an MQTT CONNECT says, and what the line below it is protected by: from our options to
// Paho's. Used by mqtt_hub_link.cpp alone.
#pragma once

#include <mqtt/connect_options.h>

#include <functional>
#include <string>

#include "agent/mqtt/broker_url.h"
#include "agent/mqtt/mqtt_hub_link.h"

namespace storeward {

// `on_tls_error` is called with OpenSSL's lines, on Paho's threads.
mqtt::connect_options connect_options_for(const MqttOptions& options, const BrokerUrl& broker,
                                          std::function<void(const std::string&)> on_tls_error);

}  // namespace storeward
