// HubLink: the connection to the broker, one of the four seams. The agent's is agent/link, which
// talks to the one over MQTT (agent/mqtt) in a process of its own; the simulator has its own. All
// calls and all events happen on the io thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "agent/core/forwarder.h"

namespace storeward {

struct OutgoingMessage {
  std::string topic;
  std::shared_ptr<const std::string> payload;
  bool retained = false;
  // MQTT 5 only; empty strings are left out.
  std::string content_type, epoch, first, last, codec, correlation_data;
};

struct IncomingMessage {
  std::string topic;
  std::string payload;
  std::string response_topic, correlation_data;
};

struct HubLinkEvents {
  std::function<void(const LinkLimits&)> on_up;                  // connected and subscribed
  std::function<void(LinkFailure, const std::string&)> on_down;  // once per connect()
  std::function<void(PublishId, std::uint8_t)> on_broker_ack;    // reason code, 0 = taken
  std::function<void(const IncomingMessage&)> on_message;
};

class HubLink {
 public:
  virtual ~HubLink() = default;
  virtual void connect(std::size_t broker_index) = 0;  // a fresh client each time
  virtual void disconnect() = 0;                       // on_down is not called for it
  virtual void publish(PublishId id,
                       OutgoingMessage message) = 0;  // id 0: nobody waits for the ack
};

}  // namespace storeward
