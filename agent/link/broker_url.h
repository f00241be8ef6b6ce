// BrokerUrl: one entry of hub.url, taken apart and in Paho's spelling. Pure.
#pragma once

#include <string>

namespace storeward {

struct BrokerUrl {
  std::string paho;       // tcp:// ssl:// ws:// wss://, always with a port
  std::string host_port;  // as the status shows it
  bool tls = false;
  bool websocket = false;
};

// mqtt:// mqtts:// ws:// wss://; without a scheme mqtt. The port is the scheme's usual one, the
// path of a WebSocket /mqtt, where they are not named. The configuration has checked the rest.
BrokerUrl parse_broker_url(const std::string& url);

}  // namespace storeward
