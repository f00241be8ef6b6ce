// BrokerLink: the hub's connection to the broker, by Paho. All calls from the hub's working thread;
// messages come in on Paho's thread and go straight to `on_message`, which must not call back.
//
// Clean start, no persistence, no automatic reconnect: what is lost on the way is asked for again.
// The PUBACK of a message leaves when on_message returns; the hub's word is the ack topic alone.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/base/result.h"
#include "agent/hub/receiver.h"

namespace storeward::hub {

struct LinkOptions {
  std::string broker;  // mqtt://host:port, mqtts://, ws://, wss://
  std::string prefix = "storeward/v1";
  std::string shared_group;  // empty: every message comes to this receiver
  std::string username, password;
  std::string ca_file;  // for mqtts and wss; empty: the system's
};

class BrokerLink {
 public:
  BrokerLink(LinkOptions options, std::function<void(Arrival)> on_message);
  ~BrokerLink();

  // A fresh client, connected and subscribed, or why not. Waits up to ten seconds.
  Result<void> connect();
  bool connected() const;
  void disconnect();

  // Retained, QoS 1. False where it did not go out; there is room for few at a time, since Paho
  // stalls for a second at the broker's Receive Maximum.
  bool publish(const OutgoingAck& ack);
  bool room() const;

 private:
  struct Paho;
  LinkOptions options_;
  std::function<void(Arrival)> on_message_;
  std::unique_ptr<Paho> paho_;
};

}  // namespace storeward::hub
