// What the line to the broker is made with. From the configuration (agent/runtime/part_options) by
// way of a frame (link_frames.h) to Paho (agent/mqtt).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "agent/base/clock.h"

namespace storeward {

struct MqttOptions {
  std::vector<std::string> urls;  // mqtt:// mqtts:// ws:// wss://, by broker index
  std::string protocol = "5";     // or "3.1.1"
  std::string client_id, username, password;
  std::filesystem::path ca_file;  // trust store; empty: the system's
  std::filesystem::path cert_file, key_file;
  std::string proxy;                       // http://host:port; asked to CONNECT to the broker
  std::vector<std::string> subscriptions;  // {root}/ack, {root}/down/#
  std::string will_topic, will_payload;    // retained; no will without a topic
  // Paho finds a silent line dead only after two and a half of these; 30 s are promised.
  Millis keep_alive{10'000};
  Millis connect_timeout{15'000};
};

}  // namespace storeward
