// MqttHubLink: the connection to the broker over Paho MQTT C++. The only code of the agent, beside
// the reference hub, that knows Paho.
//
// Called on the io thread, which it never blocks; one thread of its own is the only one that calls
// Paho; Paho's callbacks only post. A fresh client per connect(), no persistence, no automatic
// reconnect, clean start: the outbox is the only queue, the forwarder the only retry logic. What an
// old client still says after the next connect() or disconnect() is not passed on.
#pragma once

#include <asio/io_context.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/heartbeat.h"
#include "agent/core/hub_link.h"

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

class MqttHubLink final : public HubLink {
 public:
  MqttHubLink(asio::io_context& io, MqttOptions options, HubLinkEvents events);
  ~MqttHubLink() override;  // waits two seconds at most, even while a name look-up hangs

  void connect(std::size_t broker_index) override;
  void disconnect() override;
  void publish(PublishId id, OutgoingMessage message) override;

  // What the broker publishes when the connection is lost; counts from the next connect().
  void set_will(std::string payload);
  // Of the thread that calls Paho: beats each second unless Paho or a name look-up hangs.
  const Heartbeat& heartbeat() const;

 private:
  struct Wire;
  std::shared_ptr<Wire> wire_;
};

}  // namespace storeward
