#include "drivers/file_drop/drop_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "agent/base/sha256.h"

namespace storeward::file_drop {
namespace {

constexpr mode_t file_mode = 0640;
constexpr off_t byte_of_share = 0;
constexpr int tries = 100;  // while another driver of ours writes what we are to read
constexpr useconds_t pause_us = 10'000;

// The same for the same pattern, on every machine; never the share's.
off_t byte_of(const std::string& pattern) {
  return 1 + static_cast<off_t>(leading_u64(sha256(pattern)) >> 2);  // off_t has a sign
}

enum class Lock : std::uint8_t { had, anothers, unknown_here, failed };

// Not flock, which stays on its machine over SMB; not F_SETLK, which any close() gives back.
Lock lock(const Descriptor& file, short how, off_t at) {
  struct flock wanted {};
  wanted.l_type = how;
  wanted.l_whence = SEEK_SET;
  wanted.l_start = at;
  wanted.l_len = 1;
  if (::fcntl(*file, F_OFD_SETLK, &wanted) == 0) return Lock::had;
  switch (errno) {
    case EAGAIN:
    case EACCES:
      return Lock::anothers;
    case ENOLCK:
    case EOPNOTSUPP:
    case ENOSYS:
    case EINVAL:
      return Lock::unknown_here;
    default:
      return Lock::failed;
  }
}

std::string text_in(const Descriptor& file) {
  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t got = 1; got > 0;) {
    got = ::pread(*file, part.data(), part.size(), static_cast<off_t>(text.size()));
    if (got > 0) text.append(part.data(), static_cast<std::size_t>(got));
  }
  return text;
}

bool put_text(const Descriptor& file, const std::string& text) {
  return ::ftruncate(*file, 0) == 0 &&
         ::pwrite(*file, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

// Who comes first says in the file how the directory is shared; who comes then, reads it.
Lock lock_share(const Descriptor& file, const std::string& text) {
  for (int tried = 0; tried < tries; ++tried) {
    Lock had = lock(file, F_WRLCK, byte_of_share);
    if (had == Lock::had) {
      if (text_in(file) != text && !put_text(file, text)) return Lock::failed;
      return lock(file, F_RDLCK, byte_of_share);
    }
    if (had != Lock::anothers) return had;
    had = lock(file, F_RDLCK, byte_of_share);
    if (had == Lock::had) return text_in(file) == text ? Lock::had : Lock::anothers;
    if (had != Lock::anothers) return had;
    ::usleep(pause_us);
  }
  return Lock::anothers;
}

}  // namespace

Result<DropLock> DropLock::take(const DropDirectory& directory, const DirectoryShare& share) {
  const std::string place = directory.path() + "/done/" + std::string(lock_name);
  const auto done = open_subdirectory(directory.descriptor(), "done");
  if (!done) return fail("cannot open " + directory.path() + "/done: " + done.error().message);
  Descriptor file(::openat(**done, std::string(lock_name).c_str(),
                           O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, file_mode));
  if (!file) {
    return fail("cannot open " + place + ": " + last_error() + ". It must belong to this user");
  }
  const std::string text = share.text();
  Lock had = lock_share(file, text);
  std::string patterns = DirectoryShare::patterns_in(text_in(file));
  if (had == Lock::had) {
    patterns = "\"" + share.own().pattern + "\"";
    had = lock(file, F_WRLCK, byte_of(share.own().pattern));
  }
  switch (had) {
    case Lock::had:
      return DropLock(std::move(file), true);
    case Lock::unknown_here:
      return DropLock(std::move(file), false);
    case Lock::anothers:
      return fail("another agent or driver reads " + directory.path() +
                  " with pattern = " + patterns + " (it holds " + place +
                  "), so this one reads nothing: sales would come twice. Stop one of them, or give "
                  "each a directory of its own. Drivers of one agent may share a directory if they "
                  "write it in the same way");
    case Lock::failed:
      break;
  }
  return fail("cannot lock " + place + ": " + last_error());
}

bool DropLock::still_there() const {
  struct stat found {};
  return ::fstat(*file_, &found) == 0 && found.st_nlink > 0;
}

}  // namespace storeward::file_drop
