#include "drivers/file_drop/drop_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "agent/base/sha256.h"

namespace storeward::file_drop {
namespace {

constexpr mode_t file_mode = 0640;

// The same for the same pattern, on every machine.
off_t byte_of(const std::string& pattern) {
  return static_cast<off_t>(leading_u64(sha256(pattern)) >> 2);  // off_t has a sign
}

}  // namespace

Result<DropLock> DropLock::take(const DropDirectory& directory, const std::string& pattern) {
  const std::string place = directory.path() + "/done/" + std::string(lock_name);
  const auto done = open_subdirectory(directory.descriptor(), "done");
  if (!done) return fail("cannot open " + directory.path() + "/done: " + done.error().message);
  Descriptor file(::openat(**done, std::string(lock_name).c_str(),
                           O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, file_mode));
  if (!file) {
    return fail("cannot open " + place + ": " + last_error() + ". It must belong to this user");
  }
  // Not flock, which stays on its machine over SMB; not F_SETLK, which any close() gives back.
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte_of(pattern);
  lock.l_len = 1;
  if (::fcntl(*file, F_OFD_SETLK, &lock) == 0) return DropLock(std::move(file), true);
  if (errno == EAGAIN || errno == EACCES) {
    return fail("another agent or driver reads " + directory.path() + " with pattern = \"" +
                pattern + "\" (it holds " + place +
                "), so this one reads nothing: each sale would come twice. Stop one of them, or "
                "give each a directory of its own");
  }
  if (errno == ENOLCK || errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL) {
    return DropLock(std::move(file), false);
  }
  return fail("cannot lock " + place + ": " + last_error());
}

bool DropLock::still_there() const {
  struct stat found {};
  return ::fstat(*file_, &found) == 0 && found.st_nlink > 0;
}

}  // namespace storeward::file_drop
