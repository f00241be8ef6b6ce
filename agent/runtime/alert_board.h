// AlertBoard: what a person should look at, now. Owned by the io thread. Each change is logged,
// shown in the status and told upstream as agent.alert.raised / agent.alert.cleared (stream `ops`),
// per kind at most once in ten minutes so that a flapping cause cannot flood the hub.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agent/base/clock.h"

namespace storeward {

struct Alert {
  std::string kind;  // a stable word: "hub_refuses"
  WallTime since;
  std::string detail;  // in plain words, with the next step
};

class AlertBoard {
 public:
  // `tell` hands an agent.alert.* event to the outbox.
  using Tell = std::function<void(const Alert& alert, bool raised)>;

  AlertBoard(const Clock& clock, Tell tell) : clock_(clock), tell_(std::move(tell)) {}

  void raise(const std::string& kind, const std::string& detail);
  void clear(const std::string& kind);

  std::vector<Alert> open() const;

 private:
  struct Open {
    Alert alert;
    bool told = false;  // upstream
  };

  bool may_tell(const std::string& kind);

  const Clock& clock_;
  Tell tell_;
  std::map<std::string, Open> open_;        // bounded: kinds are few and fixed
  std::map<std::string, Instant> told_at_;  // the last raise told upstream
};

}  // namespace storeward
