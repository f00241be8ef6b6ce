// Rescue: a copy of the outbox by the process that holds its files open while nobody else finds
// them any more. Decision 0020.
//
// It is written beside, in small steps, and bears the name outbox.rescued once it is complete and
// synced; the next open puts it in its place (salvage.h). Store thread.
#pragma once

#include <filesystem>
#include <optional>

#include "store/identity.h"
#include "store/sqlite.h"

namespace storeward::store {

inline constexpr const char* rescued_name = "outbox.rescued";

class Rescue {
 public:
  // `lock`: the outbox's own. Throws Failure where the directory is not there, is another agent's
  // by now or has no room.
  Rescue(Connection& db, const DirectoryLock& lock, const std::filesystem::path& directory);
  ~Rescue();  // what is not complete goes
  Rescue(const Rescue&) = delete;
  Rescue& operator=(const Rescue&) = delete;

  bool step();  // true once it is complete

 private:
  std::filesystem::path directory_, copy_;
  std::optional<DirectoryLock> lock_;  // of a directory that has taken the place of ours
  std::optional<Backup> backup_;
};

}  // namespace storeward::store
