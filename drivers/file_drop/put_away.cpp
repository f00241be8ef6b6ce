#include "drivers/file_drop/put_away.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "agent/core/masking.h"
#include "drivers/file_drop/durable_file.h"
#include "drivers/file_drop/masked_text.h"

namespace storeward::file_drop {
namespace {

constexpr std::string_view aside_prefix = ".storeward-taken.";
constexpr std::size_t longest_name = 255;
constexpr std::size_t chunk_bytes = 256 * 1024;

// Never over another file.
bool rename_to_free(int directory, const std::string& from, const std::string& to) {
  if (::renameat2(directory, from.c_str(), directory, to.c_str(), RENAME_NOREPLACE) == 0) {
    return true;
  }
  if (errno != EINVAL && errno != ENOSYS) return false;
  // NFS knows no such renaming.
  struct stat found {};
  if (::fstatat(directory, to.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0) {
    errno = EEXIST;
    return false;
  }
  return ::renameat(directory, from.c_str(), directory, to.c_str()) == 0;
}

Unexpected<Error> cannot_take(const std::string& name) {
  return fail("cannot take " + mask_text(name) + " out of its directory: " + last_error());
}

bool same_file(const Seen& seen, const FileIdentity& identity) {
  return seen.kind == Seen::file && seen.identity.device == identity.device &&
         seen.identity.inode == identity.inode && seen.identity.size == identity.size &&
         seen.identity.mtime_ns == identity.mtime_ns;
}

}  // namespace

Result<Copied> copy_masked(const FileToPutAway& file, const std::string& subdirectory,
                           const std::string& as, const std::function<bool()>& ending) {
  const auto target = open_subdirectory(file.directory.descriptor(), subdirectory);
  if (!target) return fail("cannot open " + subdirectory + "/: " + target.error().message);
  auto copy = DurableFile::create(**target, as);
  if (!copy) return Unexpected{copy.error()};
  const auto chunk = std::make_unique<char[]>(chunk_bytes);
  MaskedText masked;
  std::uint64_t at = 0;
  for (bool last = false; !last;) {
    if (ending()) return Copied::ending;
    const ssize_t got = ::pread(file.descriptor, chunk.get(), chunk_bytes, static_cast<off_t>(at));
    if (got < 0) return fail("cannot read " + mask_text(file.name) + ": " + last_error());
    at += static_cast<std::uint64_t>(got);
    last = got == 0;
    const auto text = masked.add({chunk.get(), static_cast<std::size_t>(got)}, last);
    if (masked.failed()) return masked.not_text() ? Copied::not_text : Copied::secret_column;
    if (auto written = copy->write(text); !written) return Unexpected{written.error()};
  }
  if (auto kept = copy->keep(); !kept) return Unexpected{kept.error()};
  return Copied::yes;
}

Result<void> put_beside(const DropDirectory& directory, const std::string& subdirectory,
                        const std::string& as, std::string_view text) {
  const auto target = open_subdirectory(directory.descriptor(), subdirectory);
  if (!target) return fail("cannot open " + subdirectory + "/: " + target.error().message);
  return write_durably(**target, as, text);
}

Result<bool> take_out(const FileToPutAway& file) {
  const int directory = file.directory.descriptor();
  if (!same_file(file.directory.look(file.name), file.identity)) return false;
  // A source may give the name to its next file at this very moment, and that one must not be
  // deleted: so the name is taken first, and what has been got by it looked at again. The marker
  // goes before the file, or it would stand there for a file that is yet to be written.
  std::string aside = std::string(aside_prefix) + file.name;
  if (is_taken_aside(file.name) || aside.size() > longest_name) {
    aside = file.name;
  } else {
    if (!rename_to_free(directory, file.name, aside)) return cannot_take(file.name);
    if (!same_file(file.directory.look(aside), file.identity)) {
      rename_to_free(directory, aside, file.name);
      return false;
    }
  }
  if (!file.marker.empty() && ::unlinkat(directory, file.marker.c_str(), 0) != 0 &&
      errno != ENOENT) {
    return cannot_take(file.marker);
  }
  if (::unlinkat(directory, aside.c_str(), 0) != 0) return cannot_take(file.name);
  if (::fsync(directory) != 0) return cannot_take(file.name);
  return true;
}

bool is_taken_aside(std::string_view name) {
  return name.starts_with(aside_prefix);
}

std::string source_name(const std::string& name) {
  return is_taken_aside(name) ? name.substr(aside_prefix.size()) : name;
}

}  // namespace storeward::file_drop
