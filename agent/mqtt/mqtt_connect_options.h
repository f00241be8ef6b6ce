// What an MQTT CONNECT says, and what the line below it is protected by: from our options to
// Paho's. Used by mqtt_hub_link.cpp alone.
#pragma once

#include <mqtt/connect_options.h>

#include <string>

#include "agent/link/broker_url.h"
#include "agent/mqtt/mqtt_hub_link.h"

namespace storeward {

mqtt::connect_options connect_options_for(const MqttOptions& options, const BrokerUrl& broker);

// host:port of the proxy; empty: none.
std::string proxy_address(const MqttOptions& options);

}  // namespace storeward
