// Listening: keeps a subscription up and hands in what it brings; the whole life of the program
// storeward-mqtt-source.
//
// Two threads: the main one keeps up the connection and tells the agent that we live; Paho's brings
// the messages and waits for their answers. The pipe to the agent is held by one of them at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "drivers/mqtt/subscription.h"
#include "drivers/source/agent_pipe.h"
#include "drivers/source/breaker.h"

namespace storeward::mqtt_source {

class Listening {
 public:
  Listening(SubscriptionOptions options, const source::Hello& hello, source::AgentPipe& agent);
  void run();  // until the agent has gone

 private:
  void take(const Arrival& arrival);
  bool keep(const std::set<std::string>& topics);
  bool wait(Millis time);
  bool listen();
  std::string why_lost() const;
  bool fail_for_now(const std::string& why);

  SubscriptionOptions options_;
  std::mutex agent_mutex_;
  source::AgentPipe& agent_;
  std::unique_ptr<Subscription> subscription_;
  // What the broker's session may be subscribed to: it outlives us and the configuration. The agent
  // keeps it, as a cursor.
  std::set<std::string> kept_;
  source::Breaker breaker_;
  int short_lives_ = 0;         // of connections, one after the other
  std::uint64_t messages_ = 0;  // by the agent's mutex
};

}  // namespace storeward::mqtt_source
