// DriverJournal: which changes in the drivers' health go to the log: that one begins to fail, with
// the reason in its own words, and that it is ok again. The one place for all kinds of drivers.
// Owned by the io thread.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "agent/core/status.h"

namespace storeward {

class DriverJournal {
 public:
  struct Entry {
    bool failing;  // else: ok again
    std::string text;
  };
  // Nothing, where that has been said. A reason of which only the numbers have changed (tried again
  // in so many seconds) stays the same.
  std::optional<Entry> look(const DriverStatus& driver);

 private:
  std::map<std::string, std::string> failing_;  // by their names, for which reason
};

}  // namespace storeward
