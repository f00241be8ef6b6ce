// LeftLying: files that are seen again and again and not read: those whose marker does not come, or
// whose names do not fit the pattern. Nobody would know of them, were they not told. Pure; owned by
// the driver's thread. At most `most` by name.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "agent/base/clock.h"

namespace storeward::file_drop {

// The one that has been lying longest.
struct Lying {
  std::string name;
  Instant since;
  std::size_t files = 0;  // that have been lying for long, this one included
};

class LeftLying {
 public:
  static constexpr std::size_t most = 100;
  static constexpr Millis patience{60'000};  // before it is told

  bool full() const { return files_.size() >= most; }
  bool knows(const std::string& name) const { return files_.contains(name); }
  void saw(const std::string& name, Instant now);
  // Of the whole directory, in however many looks: what was not seen in it has gone.
  void end_round();
  std::optional<Lying> longest(Instant now) const;

 private:
  struct File {
    Instant since;
    bool seen = true;  // in this round
  };
  std::map<std::string, File> files_;
};

}  // namespace storeward::file_drop
