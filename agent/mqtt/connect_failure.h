// Why a connect() failed: from what Paho, the CONNACK and OpenSSL say to one of our five kinds and
// a sentence for the technician. Blocking for a second handshake where TLS is in play; hub thread.
#pragma once

#include <string>

#include "agent/core/forwarder.h"
#include "agent/link/broker_url.h"
#include "agent/mqtt/mqtt_hub_link.h"

namespace storeward {

struct PahoFailure {
  int return_code = 0;  // positive: MQTT 3.1.1's CONNACK code; negative: Paho's own
  int reason = 0;       // MQTT 5
  std::string text;     // Paho's, for the return code
};

struct ConnectFailure {
  LinkFailure kind = LinkFailure::unreachable;
  std::string detail;
};

ConnectFailure explain_connect_failure(const MqttOptions& options, const BrokerUrl& broker,
                                       const PahoFailure& failure);

}  // namespace storeward
