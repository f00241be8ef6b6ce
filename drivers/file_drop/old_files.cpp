#include "drivers/file_drop/old_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/file_drop/drop_lock.h"

namespace storeward::file_drop {

OldFiles::OldFiles(const DropDirectory& directory, const std::string& subdirectory, int keep_days)
    : keep_days_(keep_days) {
  auto opened = open_subdirectory(directory.descriptor(), subdirectory);
  if (!opened) return;
  stream_.reset(::fdopendir(**opened));
  if (stream_) opened->release();
}

bool OldFiles::delete_some(WallTime now, std::size_t most) {
  if (!stream_) return false;
  const auto oldest = std::chrono::floor<std::chrono::seconds>(now - std::chrono::days(keep_days_));
  const int directory = ::dirfd(stream_.get());
  for (std::size_t looked_at = 0; looked_at < most; ++looked_at) {
    const dirent* const entry = ::readdir(stream_.get());
    if (entry == nullptr) return false;
    if (entry->d_name == lock_name) continue;
    struct stat found {};
    if (::fstatat(directory, entry->d_name, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(found.st_mode) && found.st_mtim.tv_sec < oldest.time_since_epoch().count()) {
      ::unlinkat(directory, entry->d_name, 0);
    }
  }
  return true;
}

}  // namespace storeward::file_drop
