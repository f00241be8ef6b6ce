#include "drivers/file_drop/durable_file.h"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>

#include "drivers/file_drop/drop_directory.h"

namespace storeward::file_drop {

Result<DurableFile> DurableFile::create(int directory, std::string name) {
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  constexpr mode_t mode = 0640;
  const std::string temporary = "." + name + ".part";
  ::unlinkat(directory, temporary.c_str(), 0);  // left over from a crash
  Descriptor file(::openat(directory, temporary.c_str(), flags, mode));
  if (!file) return fail("cannot write " + name + ": " + last_error());
  return DurableFile(directory, std::move(name), std::move(file));
}

DurableFile::~DurableFile() {
  if (file_) ::unlinkat(directory_, temporary().c_str(), 0);
}

Result<void> DurableFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(*file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail("cannot write " + name_ + ": " + last_error());
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> DurableFile::keep() {
  if (::fsync(*file_) != 0 ||
      ::renameat(directory_, temporary().c_str(), directory_, name_.c_str()) != 0) {
    return fail("cannot write " + name_ + ": " + last_error());
  }
  file_ = {};
  if (::fsync(directory_) != 0) return fail("cannot write " + name_ + ": " + last_error());
  return {};
}

Result<void> write_durably(int directory, const std::string& name, std::string_view text) {
  auto file = DurableFile::create(directory, name);
  if (!file) return Unexpected{file.error()};
  if (auto written = file->write(text); !written) return written;
  return file->keep();
}

}  // namespace storeward::file_drop
