// Subscription: one connection to a local broker, with a session that outlives it. The only place
// of the driver that knows Paho.
//
// Paho (1.3.12) acknowledges a QoS 1 message after the handler for it has returned, whatever it
// returns, and offers no other way: so the handler returns only when the message is in the store,
// and ends the process where that cannot be. Then the broker brings it again.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "drivers/mqtt/arrival.h"

namespace storeward::mqtt_source {

struct SubscriptionOptions {
  std::string broker;  // mqtt://host:port or mqtts://
  std::vector<std::string> topics;
  std::vector<std::string> former_topics;  // that its session may hold, and that are not to come
  std::string client_id;
  std::string username, password, ca_file;  // empty: none
  bool version_5 = true;
  std::chrono::seconds session{};  // how long the broker keeps messages while we are away
};

class Subscription {
 public:
  using Take = std::function<void(Arrival)>;  // on Paho's thread; returns when it is in the store

  // Fails with why, in plain words. `take` may be called before this returns.
  static Result<std::unique_ptr<Subscription>> open(const SubscriptionOptions& options, Take take);
  ~Subscription();

  bool up() const;

 private:
  struct Paho;
  explicit Subscription(std::unique_ptr<Paho> paho);
  std::unique_ptr<Paho> paho_;
};

}  // namespace storeward::mqtt_source
