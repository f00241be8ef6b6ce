// Emptying: done/ and failed/ of a drop directory, gone through once an hour for what is older than
// it is to be kept, a part at each look. Owned by the driver's thread.
#pragma once

#include <optional>
#include <vector>

#include "drivers/file_drop/age_clock.h"
#include "drivers/file_drop/agent_line.h"
#include "drivers/file_drop/drop_directory.h"
#include "drivers/file_drop/old_files.h"

namespace storeward::file_drop {

class Emptying {
 public:
  Emptying(AgentLine& line, int keep_days) : line_(line), keep_days_(keep_days) {}

  // The next part, of at most `most` entries.
  void go_on(const DropDirectory& directory, const Clock& clock, std::size_t most);
  // What was open of the directory is another one by now.
  void drop_directory() { old_files_.clear(); }

 private:
  bool begin(const DropDirectory& directory, const Clock& clock);
  bool know_the_time(const Clock& clock);
  void keep_the_time();
  void say_if_ahead(WallTime wall);

  AgentLine& line_;
  int keep_days_;  // in done/
  std::optional<AgeClock> age_clock_;
  WallTime now_{};
  std::optional<Instant> begun_at_;
  std::vector<OldFiles> old_files_;  // still to be gone through
  bool said_ahead_ = false;
};

}  // namespace storeward::file_drop
