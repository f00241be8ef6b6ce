#include "store/database_room.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

namespace storeward::store {
namespace {

constexpr std::uint64_t step_bytes = 4 << 20;  // ahead of the need: not one call a commit
constexpr std::uint64_t ample_bytes = 64 << 20;

// As far as the file ends, blocks are there; its size stays, which SQLite reads.
bool allocate(int file, std::uint64_t from, std::uint64_t to) {
  return fallocate(file, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(from),
                   static_cast<off_t>(to - from)) == 0 ||
         (errno != ENOSPC && errno != EDQUOT);  // unknown here, or a signal: nothing is proven
}

// A file system may keep part of what it could not give whole, and the WAL would miss it.
bool has_ample_room(int file) {
  struct statvfs disk {};
  return fstatvfs(file, &disk) == 0 && std::uint64_t{disk.f_bavail} * disk.f_frsize > ample_bytes;
}

}  // namespace

DatabaseRoom::~DatabaseRoom() {
  if (descriptor_ >= 0) close(descriptor_);
}

bool DatabaseRoom::hold(std::uint64_t bytes) {
  if (bytes <= held_) return true;
  if (descriptor_ < 0) descriptor_ = open(database_.c_str(), O_RDWR | O_CLOEXEC);
  struct stat file {};
  if (descriptor_ < 0 || fstat(descriptor_, &file) != 0) return true;  // the tests' disks
  const auto size = static_cast<std::uint64_t>(file.st_size);
  if (bytes <= size) {
    held_ = size;
    return true;
  }
  const std::uint64_t wanted = has_ample_room(descriptor_) ? bytes + step_bytes : bytes;
  if (!allocate(descriptor_, size, wanted)) return false;
  held_ = wanted;
  return true;
}

}  // namespace storeward::store
