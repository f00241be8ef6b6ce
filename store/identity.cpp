#include "store/identity.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace storeward::store {
namespace {

std::uint64_t next_random(std::uint64_t& state) {  // SplitMix64
  state += 0x9e3779b97f4a7c15ULL;
  std::uint64_t value = state;
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ value >> 27) * 0x94d049bb133111ebULL;
  return value ^ value >> 31;
}

std::string remembered(Connection& db, std::string_view name) {
  Query query(db, "SELECT value FROM meta WHERE name=?1");
  Query::Rows rows = query.rows(name);
  return rows.next() ? rows.text(0) : std::string();
}

}  // namespace

Epoch make_epoch(WallTime now, std::uint64_t seed) {
  std::uint64_t random[2] = {};
  if (seed != 0) {
    std::uint64_t state = seed;
    random[0] = next_random(state);
    random[1] = next_random(state);
  } else {
    ASSERT(getrandom(random, sizeof random, 0) == sizeof random);
  }
  const auto ms = static_cast<std::uint64_t>(now.time_since_epoch().count()) & 0xffffffffffff;
  char text[40];
  std::snprintf(text, sizeof text, "%08llx-%04llx-7%03llx-%04llx-%012llx",
                static_cast<unsigned long long>(ms >> 16),
                static_cast<unsigned long long>(ms & 0xffff),
                static_cast<unsigned long long>(random[0] & 0xfff),
                static_cast<unsigned long long>(0x8000 | (random[0] >> 16 & 0x3fff)),
                static_cast<unsigned long long>(random[1] & 0xffffffffffff));
  return text;
}

Identity identity_of(const std::filesystem::path& database, const std::string& machine_id) {
  Identity here{machine_id, {}};
  struct statx file {};
  struct statfs system {};
  // On a VFS that keeps no such file (the tests' disk) the file's identity stays unknown.
  if (statx(AT_FDCWD, database.c_str(), 0, STATX_INO | STATX_BTIME, &file) == 0 &&
      statfs(database.c_str(), &system) == 0) {
    std::uint64_t system_id = 0;
    static_assert(sizeof system.f_fsid == sizeof system_id);
    std::memcpy(&system_id, &system.f_fsid, sizeof system_id);
    // With the time of birth: file systems give the number of a deleted file to the next one.
    here.file = std::to_string(file.stx_ino) + ":" + std::to_string(system_id) + ":" +
                std::to_string(file.stx_btime.tv_sec) + "." +
                std::to_string(file.stx_btime.tv_nsec);
  }
  return here;
}

std::string moved(Connection& db, const Identity& here) {
  const std::string machine = remembered(db, "machine_id");
  if (!machine.empty() && !here.machine.empty() && machine != here.machine) {
    return "this outbox was written on another machine";
  }
  const std::string file = remembered(db, "file_id");
  if (!file.empty() && !here.file.empty() && file != here.file) {
    return "this outbox is a copy or was moved";
  }
  return {};
}

void remember(Connection& db, const Identity& here) {
  Query put(db, "INSERT OR REPLACE INTO meta(name,value) VALUES(?1,?2)");
  if (!here.machine.empty()) put.run("machine_id", here.machine);
  if (!here.file.empty()) put.run("file_id", here.file);
}

DirectoryLock::DirectoryLock(const std::filesystem::path& directory) {
  const std::string path = (directory / "lock").string();
  descriptor_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor_ < 0) {
    const int error = errno;
    const auto kind = error == EROFS || error == EACCES ? StoreFailure::read_only
                      : error == ENOSPC                 ? StoreFailure::full
                                                        : StoreFailure::invalid;
    throw Failure(kind, path + ": " + std::strerror(error) +
                            "; the directory must exist and be writable for the agent's user");
  }
  char pid[32] = {};
  if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const auto size = read(descriptor_, pid, sizeof pid - 1);
    close(descriptor_);
    throw Failure(StoreFailure::locked,
                  path + ": the outbox is in use by process " +
                      (size > 0 ? std::string(pid, static_cast<std::size_t>(size)) : "unknown") +
                      "; stop that one first");
  }
  const int size = std::snprintf(pid, sizeof pid, "%d", static_cast<int>(getpid()));
  // The number only serves the message above; a full disk must not keep the agent from starting.
  if (ftruncate(descriptor_, 0) == 0) {
    [[maybe_unused]] const auto written =
        pwrite(descriptor_, pid, static_cast<std::size_t>(size), 0);
  }
}

bool DirectoryLock::is_in(const std::filesystem::path& directory) const {
  struct stat held {};
  struct stat found {};
  return fstat(descriptor_, &held) == 0 && stat((directory / "lock").c_str(), &found) == 0 &&
         held.st_dev == found.st_dev && held.st_ino == found.st_ino;
}

DirectoryLock::~DirectoryLock() {
  close(descriptor_);
}

}  // namespace storeward::store
