// Listening: keeps a subscription up and hands in what it brings; the whole life of the program
// storeward-mqtt-source.
//
// Two threads: the main one keeps up the connection and tells the agent that we live; Paho's brings
// the messages and waits for their answers. The pipe to the agent is held by one of them at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "drivers/mqtt/subscription.h"
#include "drivers/source/agent_pipe.h"
#include "drivers/source/breaker.h"

namespace storeward::mqtt_source {

class Listening {
 public:
  Listening(SubscriptionOptions options, source::AgentPipe& agent);
  void run();  // until the agent has gone

 private:
  void take(const Arrival& arrival);
  bool wait(Millis time);
  bool listen();
  bool fail_for_now(const std::string& why);

  const SubscriptionOptions options_;
  std::mutex agent_mutex_;
  source::AgentPipe& agent_;
  std::unique_ptr<Subscription> subscription_;
  source::Breaker breaker_;
  std::uint64_t messages_ = 0;  // by the agent's mutex
};

}  // namespace storeward::mqtt_source
