// AlertBoard: what a person should look at, now. Owned by the io thread. Each change is logged and
// shown in the status; the hub hears of it from AlertAnnouncer.
#pragma once

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
  explicit AlertBoard(const Clock& clock) : clock_(clock) {}

  void raise(const std::string& kind, const std::string& detail);
  void clear(const std::string& kind);

  std::vector<Alert> open() const;

 private:
  const Clock& clock_;
  std::map<std::string, Alert> open_;  // bounded: kinds are few and fixed
};

}  // namespace storeward
