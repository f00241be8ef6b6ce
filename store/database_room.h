// DatabaseRoom: the blocks of outbox.db that the next checkpoint will fill, taken from the file
// system before what needs them is committed.
//
// A commit goes to the WAL, and only a checkpoint makes the database grow. On a disk that has been
// filled meanwhile that checkpoint would fail, the WAL could never begin again, and no cursor could
// be saved any more. With the blocks held it needs no room, and a WAL that begins again needs none
// either: whatever others do to the disk, the outbox drains. Where the file system cannot hold
// blocks, the reserve has to do. Store thread.
#pragma once

#include <cstdint>
#include <filesystem>

namespace storeward::store {

class DatabaseRoom {
 public:
  // Opened when it is first needed. Closing it drops the locks that this process has on the file
  // (POSIX): it must outlive the connection that writes.
  explicit DatabaseRoom(std::filesystem::path database) : database_(std::move(database)) {}
  ~DatabaseRoom();
  DatabaseRoom(const DatabaseRoom&) = delete;
  DatabaseRoom& operator=(const DatabaseRoom&) = delete;

  bool hold(std::uint64_t bytes);  // of the file, from its beginning. False: the disk is full
  void forget() { held_ = 0; }     // after a checkpoint, which gives back what it had no use for

 private:
  std::filesystem::path database_;
  int descriptor_ = -1;
  std::uint64_t held_ = 0;
};

}  // namespace storeward::store
