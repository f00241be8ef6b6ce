// Who this outbox is: the machine and the file it remembers, the lock on its directory, and the
// names of its epochs. A copy that is opened somewhere else must not go on numbering as if it were
// the original.
#pragma once

#include <filesystem>
#include <string>

#include "agent/base/clock.h"
#include "agent/core/hub_protocol.h"
#include "store/sqlite.h"

namespace storeward::store {

// UUIDv7 (RFC 9562). seed: 0 for the system's random numbers, else reproducible.
Epoch make_epoch(WallTime now, std::uint64_t seed);

struct Identity {
  std::string machine, file;  // empty: not known, which never counts as a change
};

Identity identity_of(const std::filesystem::path& database, const std::string& machine_id);

// Why a new epoch must begin; empty if the outbox is at home.
std::string moved(Connection& db, const Identity& here);
void remember(Connection& db, const Identity& here);

// Held as long as the outbox is open; the kernel gives it back when the process dies.
class DirectoryLock {
 public:
  explicit DirectoryLock(const std::filesystem::path& directory);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

  bool is_in(const std::filesystem::path& directory) const;  // not in one that has its name by now

 private:
  int descriptor_ = -1;
};

}  // namespace storeward::store
