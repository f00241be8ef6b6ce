// LD_PRELOADed into a program: a disk under the outbox that fails as the file STOREWARD_BAD_DISK
// says at the moment. Its words: `write`, `read`, `sync` (that operation fails with an I/O error),
// `frozen` (read-only, as after a file system has met an error), `slow` (each sync takes 5 s),
// `nfs` (the directory is on a network share). No such file, or no word of these: the disk is as
// ever.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

// Of the next function of this name, that is the C library's.
template <typename Function>
Function* original(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

bool told(std::string_view word) {
  const char* const path = std::getenv("STOREWARD_BAD_DISK");
  if (path == nullptr) return false;
  const int kept = errno;
  std::array<char, 16> text{};
  static auto* const open_really = original<int(const char*, int, ...)>("open");
  static auto* const read_really = original<ssize_t(int, void*, size_t)>("read");
  const int file = open_really(path, O_RDONLY | O_CLOEXEC);
  const ssize_t size = file < 0 ? 0 : read_really(file, text.data(), text.size());
  if (file >= 0) close(file);
  errno = kept;
  return size > 0 && std::string_view(text.data(), static_cast<std::size_t>(size)) == word;
}

bool is_outbox(int file) {
  std::array<char, 512> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  const int kept = errno;
  const ssize_t size = readlink(link.c_str(), path.data(), path.size());
  errno = kept;
  return size > 0 &&
         std::string_view(path.data(), static_cast<std::size_t>(size)).find("/outbox.db") !=
             std::string_view::npos;
}

// 0, or the error that a write meets.
int write_error(int file) {
  if (!is_outbox(file)) return 0;
  if (told("write")) return EIO;
  return told("frozen") ? EROFS : 0;
}

int synced(const char* name, int file) {
  if (told("sync")) {
    errno = EIO;
    return -1;
  }
  if (told("slow")) sleep(5);
  return original<int(int)>(name)(file);
}

ssize_t written(const char* name, int file, const void* bytes, size_t count, off_t at) {
  if (const int error = write_error(file)) {
    errno = error;
    return -1;
  }
  return original<ssize_t(int, const void*, size_t, off_t)>(name)(file, bytes, count, at);
}

ssize_t taken(const char* name, int file, void* bytes, size_t count, off_t at) {
  if (is_outbox(file) && told("read")) {
    errno = EIO;
    return -1;
  }
  return original<ssize_t(int, void*, size_t, off_t)>(name)(file, bytes, count, at);
}

}  // namespace

extern "C" {

int fsync(int file) {
  return synced("fsync", file);
}

int fdatasync(int file) {
  return synced("fdatasync", file);
}

ssize_t pwrite(int file, const void* bytes, size_t count, off_t at) {
  return written("pwrite", file, bytes, count, at);
}

ssize_t pwrite64(int file, const void* bytes, size_t count, off64_t at) {
  return written("pwrite64", file, bytes, count, at);
}

ssize_t pread(int file, void* bytes, size_t count, off_t at) {
  return taken("pread", file, bytes, count, at);
}

ssize_t pread64(int file, void* bytes, size_t count, off64_t at) {
  return taken("pread64", file, bytes, count, at);
}

int statfs(const char* path, struct statfs* system) {
  constexpr int nfs = 0x6969;
  const int result = original<int(const char*, struct statfs*)>("statfs")(path, system);
  if (result == 0 && told("nfs")) system->f_type = nfs;
  return result;
}

int statfs64(const char* path, struct statfs64* system) {
  constexpr int nfs = 0x6969;
  const int result = original<int(const char*, struct statfs64*)>("statfs64")(path, system);
  if (result == 0 && told("nfs")) system->f_type = nfs;
  return result;
}
}
