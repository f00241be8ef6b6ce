#include "store/file_watch.h"

#include <sys/stat.h>

#include <cerrno>

#include "store/database_pages.h"

namespace storeward::store {
namespace {

constexpr std::string_view deleted = " (deleted)";  // what /proc writes behind such a name

}  // namespace

FileWatch::FileWatch(const std::filesystem::path& database) {
  database_.path = database;
  wal_.path = database.string() + "-wal";
  note_length();
  look(0);
}

void FileWatch::note_length() {
  struct stat found {};
  const bool there = stat(database_.path.c_str(), &found) == 0;
  database_bytes_ = there ? static_cast<std::uint64_t>(found.st_size) : 0;
}

FileWatch::Finding FileWatch::look(int wal_pages) {
  Finding finding;
  look(wal_, wal_pages > 0 ? wal_bytes_of(wal_pages) : 0, finding);
  look(database_, database_bytes_, finding);  // where both are gone, it is the one to name
  return finding;
}

void FileWatch::look(File& file, std::uint64_t least_bytes, Finding& finding) {
  struct stat found {};
  const bool there = stat(file.path.c_str(), &found) == 0;
  if (!there && errno != ENOENT && errno != ENOTDIR) return;  // not to be looked at: not known
  if (there && file.number == 0) {
    file.device = found.st_dev;
    file.number = found.st_ino;
  }
  if (file.number == 0) return;
  if (!there || found.st_dev != file.device || found.st_ino != file.number) {
    const std::string now = where_now(file);
    finding.gone = file.path.string() + (now.empty() ? " was deleted" : " was moved to " + now) +
                   " while the agent ran";
  } else if (const auto bytes = static_cast<std::uint64_t>(found.st_size); bytes < least_bytes) {
    finding.cut = file.path.string() + ": cut to " + std::to_string(bytes) + " of at least " +
                  std::to_string(least_bytes) + " bytes while the agent ran";
  }
}

// Where this process, which holds it open, finds it; empty: nowhere.
std::string FileWatch::where_now(const File& file) {
  std::error_code failed;
  for (const auto& open : std::filesystem::directory_iterator("/proc/self/fd", failed)) {
    struct stat found {};
    if (stat(open.path().c_str(), &found) != 0 || found.st_dev != file.device ||
        found.st_ino != file.number) {
      continue;
    }
    const std::string name = std::filesystem::read_symlink(open.path(), failed).string();
    return failed || name.ends_with(deleted) ? std::string() : name;
  }
  return {};
}

}  // namespace storeward::store
