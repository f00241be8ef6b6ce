#include "drivers/file_drop/drop_directory.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace storeward::file_drop {
namespace {

constexpr int reading = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
constexpr mode_t directory_mode = 0750;

std::int64_t nanoseconds(const timespec& time) {
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

FileIdentity identity_of(const struct stat& found) {
  return {.device = found.st_dev,
          .inode = found.st_ino,
          .size = static_cast<std::uint64_t>(found.st_size),
          .mtime_ns = nanoseconds(found.st_mtim),
          .ctime_ns = nanoseconds(found.st_ctim)};
}

std::string kind_of(mode_t mode) {
  if (S_ISLNK(mode)) return "a symbolic link";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

Seen seen(const struct stat& found) {
  if (S_ISDIR(found.st_mode)) return {.kind = Seen::directory};
  if (!S_ISREG(found.st_mode)) return {.kind = Seen::refused, .why = kind_of(found.st_mode)};
  if (found.st_nlink > 1) {
    return {.kind = Seen::refused, .why = "a file with a second name (hard link)"};
  }
  return {.kind = Seen::file, .identity = identity_of(found)};
}

}  // namespace

std::string last_error() {
  return std::generic_category().message(errno);
}

Result<FileIdentity> identity_of(int descriptor) {
  struct stat found {};
  if (::fstat(descriptor, &found) != 0) return fail(last_error());
  return identity_of(found);
}

Result<DropDirectory> DropDirectory::open(const std::string& path, bool used_before) {
  Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) {
    return fail("cannot open " + path + ": " + last_error() +
                ". Is the share mounted, and may this user enter it?");
  }
  struct stat found {};
  if (used_before && ::fstatat(*directory, "done", &found, AT_SYMLINK_NOFOLLOW) != 0) {
    return fail(path +
                " is not the directory it was: there is no done/ in it. Is the share mounted? If "
                "a new directory is meant, make done/ in it");
  }
  for (const char* name : {"done", "failed"}) {
    if (const auto made = open_subdirectory(*directory, name); !made) {
      return fail("cannot make " + path + "/" + name + ": " + made.error().message +
                  ". This user needs the right to write there");
    }
  }
  return DropDirectory(path, std::move(directory));
}

bool DropDirectory::still_there() const {
  struct stat held {
  }, found{};
  return ::fstat(*directory_, &held) == 0 && ::stat(path_.c_str(), &found) == 0 &&
         held.st_dev == found.st_dev && held.st_ino == found.st_ino;
}

Seen DropDirectory::look(const std::string& name) const {
  struct stat found {};
  if (::fstatat(*directory_, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0) return seen(found);
  if (errno == ENOENT) return {};
  return {.kind = Seen::refused, .why = "not to be looked at: " + last_error()};
}

Result<Descriptor> DropDirectory::open_file(const std::string& name) const {
  Descriptor file(::openat(*directory_, name.c_str(), reading));
  if (!file) return fail(last_error());
  struct stat found {};
  if (::fstat(*file, &found) != 0) return fail(last_error());
  if (const Seen what = seen(found); what.kind != Seen::file) {
    return fail(what.kind == Seen::directory ? "a directory" : what.why);
  }
  return file;
}

Result<bool> DropDirectory::scan(std::size_t most,
                                 const std::function<void(const std::string&)>& entry) {
  if (!stream_) {
    // A descriptor of its own: the stream moves it.
    Descriptor again(::openat(*directory_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!again) return fail(last_error());
    stream_.reset(::fdopendir(*again));
    if (!stream_) return fail(last_error());
    again.release();
  }
  for (std::size_t looked_at = 0; looked_at < most; ++looked_at) {
    errno = 0;
    const dirent* const found = ::readdir(stream_.get());
    if (found == nullptr) {
      const int error = errno;
      stream_.reset();
      if (error != 0) return fail(std::generic_category().message(error));
      return true;
    }
    entry(found->d_name);
  }
  return false;
}

Result<Descriptor> open_subdirectory(int parent, const std::string& name) {
  if (::mkdirat(parent, name.c_str(), directory_mode) != 0 && errno != EEXIST) {
    return fail(last_error());
  }
  Descriptor opened(
      ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!opened) return fail(last_error());
  return opened;
}

bool is_being_written(int descriptor) {
  // A lease for readers is given only while nobody has the file open for writing (fcntl(2)). Who
  // opens it in the moment before it is given back makes a signal: not SIGIO, which would end us.
  // To be said each time, for giving back forgets it.
  ::fcntl(descriptor, F_SETSIG, SIGURG);
  if (::fcntl(descriptor, F_SETLEASE, F_RDLCK) == 0) {
    ::fcntl(descriptor, F_SETLEASE, F_UNLCK);
    return false;
  }
  return errno == EAGAIN;
}

}  // namespace storeward::file_drop
