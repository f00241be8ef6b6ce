#include "drivers/file_drop/failed_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <set>

#include "drivers/file_drop/file_name.h"

namespace storeward::file_drop {
namespace {

// The coarsest times of a file system (FAT): two changes within this may have the same time.
constexpr Millis coarsest_time{2'000};

struct Close {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

std::unique_ptr<DIR, Close> entries_of(const DropDirectory& directory) {
  auto opened = open_subdirectory(directory.descriptor(), "failed");
  if (!opened) return nullptr;
  std::unique_ptr<DIR, Close> stream(::fdopendir(**opened));
  if (stream) opened->release();
  return stream;
}

bool is_file(int directory, const char* name) {
  struct stat found {};
  return ::fstatat(directory, name, &found, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(found.st_mode);
}

}  // namespace

FailedFiles failed_files(const DropDirectory& directory, std::size_t most) {
  FailedFiles failed;
  const auto stream = entries_of(directory);
  if (!stream) return failed;
  std::set<std::string> names;
  for (std::size_t looked_at = 0;; ++looked_at) {
    const dirent* const entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    if (looked_at == most) {
      failed.more = true;
      break;
    }
    std::string name = entry->d_name;
    // What is being written there has a name of its own until it is whole.
    if (is_temporary(name) || !is_file(::dirfd(stream.get()), entry->d_name)) continue;
    if (name.ends_with(reason_suffix)) name.resize(name.size() - reason_suffix.size());
    names.insert(std::move(name));
  }
  failed.count = names.size();
  if (!names.empty()) failed.first = *names.begin();
  return failed;
}

const FailedFiles& FailedCount::of(const DropDirectory& directory, std::size_t most, Instant now) {
  FileIdentity folder;
  if (const auto opened = open_subdirectory(directory.descriptor(), "failed")) {
    if (const auto seen = identity_of(**opened)) folder = *seen;
  }
  if (folder != folder_) {
    folder_ = folder;
    seen_since_ = now;
    settled_ = false;
  }
  if (settled_) return known_;
  known_ = failed_files(directory, most);
  settled_ = now - seen_since_ > coarsest_time;
  return known_;
}

Result<void> remove_failed(const DropDirectory& directory, const std::string& filed_as) {
  const auto failed = open_subdirectory(directory.descriptor(), "failed");
  if (!failed) return fail("cannot open failed/: " + failed.error().message);
  for (const std::string& name : {filed_as, filed_as + std::string(reason_suffix)}) {
    if (::unlinkat(**failed, name.c_str(), 0) != 0 && errno != ENOENT) {
      return fail("cannot delete failed/" + shown(name) + ": " + last_error());
    }
  }
  return {};
}

std::string words_about(const FailedFiles& failed) {
  if (failed.count == 0) return {};
  const std::string count = (failed.more ? "at least " : "") + std::to_string(failed.count);
  return count + (failed.count == 1 ? " file has" : " files have") + " failed; why: failed/" +
         shown(failed.first) + std::string(reason_suffix) +
         ". Mend the template or the file and put the file into the directory again; once that is "
         "settled, delete what is left of it in failed/";
}

}  // namespace storeward::file_drop
