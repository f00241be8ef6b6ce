// MqttHubLink: the connection to the broker over Paho MQTT C++. The only code, beside the reference
// hub, that knows Paho; it runs in the process storeward-link (link_service.h).
//
// Called on the io thread, which it never blocks; one thread of its own is the only one that calls
// Paho; Paho's callbacks only post. A fresh client per connect(), no persistence, no automatic
// reconnect, clean start: the outbox is the only queue, the forwarder the only retry logic. What an
// old client still says after the next connect() or disconnect() is not passed on.
#pragma once

#include <asio/io_context.hpp>

#include <memory>
#include <string>

#include "agent/base/heartbeat.h"
#include "agent/core/hub_link.h"
#include "agent/link/mqtt_options.h"

namespace storeward {

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
