#include "drivers/file_drop/durable_file.h"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "drivers/file_drop/drop_directory.h"

namespace storeward::file_drop {
namespace {

// By errno; the directory is named by what the kernel calls it.
Unexpected<Error> cannot_write(int directory, const std::string& name) {
  const int error = errno;
  std::error_code unknown;
  const auto where =
      std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(directory), unknown);
  std::string words = "cannot write " + name;
  if (!unknown) words += " into " + where.string();
  words += ": " + std::generic_category().message(error);
  if (error == EACCES || error == EROFS) {
    words += "; the agent's user must be able to write there (under systemd also ReadWritePaths=)";
  }
  return fail(words);
}

}  // namespace

Result<DurableFile> DurableFile::create(int directory, std::string name) {
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  constexpr mode_t mode = 0640;
  const std::string temporary = "." + name + ".part";
  ::unlinkat(directory, temporary.c_str(), 0);  // left over from a crash
  Descriptor file(::openat(directory, temporary.c_str(), flags, mode));
  if (!file) return cannot_write(directory, name);
  return DurableFile(directory, std::move(name), std::move(file));
}

DurableFile::~DurableFile() {
  if (file_) ::unlinkat(directory_, temporary().c_str(), 0);
}

Result<void> DurableFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(*file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return cannot_write(directory_, name_);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> DurableFile::keep() {
  if (::fsync(*file_) != 0 ||
      ::renameat(directory_, temporary().c_str(), directory_, name_.c_str()) != 0) {
    return cannot_write(directory_, name_);
  }
  file_ = {};
  if (::fsync(directory_) != 0) return cannot_write(directory_, name_);
  return {};
}

Result<void> write_durably(int directory, const std::string& name, std::string_view text) {
  auto file = DurableFile::create(directory, name);
  if (!file) return Unexpected{file.error()};
  if (auto written = file->write(text); !written) return written;
  return file->keep();
}

}  // namespace storeward::file_drop
