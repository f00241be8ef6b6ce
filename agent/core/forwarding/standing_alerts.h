// StandingAlerts: which alerts stand, so that each is raised once and cleared once however many
// streams have the same trouble. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/core/forwarder.h"

namespace storeward {

class StandingAlerts {
 public:
  // `subject` is what has the trouble (a stream, the link).
  void raise(AlertKind kind, const std::string& subject, const std::string& detail);
  void clear(AlertKind kind, const std::string& subject);

  std::vector<AlertChange> take_changes();

 private:
  std::map<AlertKind, std::map<std::string, std::string>> standing_;
  std::vector<AlertChange> changes_;
};

}  // namespace storeward
