// What the two halves of the crash-VFS share: crash_vfs.cpp (the machine and its directory) and
// crash_file.cpp (one open file). Private to them; owned by the thread that owns the CrashVfs.
#pragma once

#include <sqlite3.h>

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "tests/support/crash_vfs.h"

namespace storeward::support {

struct OpenFile;

// What all who have a file open share: locks and the WAL index. Gone with the last of them, as the
// real ones go with the process.
struct Shared {
  std::set<OpenFile*> users;
  std::vector<std::vector<char>> index_regions;
};

struct OpenFile {
  CrashVfs::State* machine;
  std::shared_ptr<DiskFile> file;
  std::string delete_on_close;      // its name, or empty
  bool directory_unsynced = false;  // a journal or WAL: its first sync is for its name too
  int lock_level = SQLITE_LOCK_NONE;
  bool maps_index = false;
  unsigned shared_index_locks = 0, exclusive_index_locks = 0;
};

struct CrashVfs::State {
  State(std::string vfs_name, std::uint64_t seed) : name(std::move(vfs_name)), random(seed) {}

  // Counts an operation and says which fault it meets.
  std::optional<DiskFault> begin(DiskOperation kind) {
    if (down) return DiskFault::io_error;
    if (paused) return std::nullopt;
    ++counts[static_cast<std::size_t>(kind)];
    if (fault_in == 0 || --fault_in != 0) return std::nullopt;
    if (planned == DiskFault::full) {
      capacity = disk.used_bytes();
      return std::nullopt;
    }
    return planned;
  }

  // The end of an operation that was done as far as it got: now the machine stops, if it has to.
  void finish(std::optional<DiskFault> fault) {
    if (down) return;
    if (fault == DiskFault::power_cut) disk.lose_power(random);
    if (fault == DiskFault::power_cut || fault == DiskFault::kill) down = true;
  }

  std::string name;
  Random random;
  CrashDisk disk;
  std::map<DiskFile*, Shared> shared;
  std::array<std::uint64_t, disk_operation_count> counts{};
  std::uint64_t fault_in = 0;  // operations until the planned fault; 0: none
  DiskFault planned = DiskFault::io_error;
  std::optional<std::uint64_t> capacity;
  bool down = false;
  bool paused = false;
  sqlite3_vfs vfs{};
};

struct Handle {
  sqlite3_file base;  // first, as SQLite wants it
  OpenFile* open;
};

inline OpenFile& open_file(sqlite3_file* file) {
  return *reinterpret_cast<Handle*>(file)->open;
}

extern const sqlite3_io_methods crash_file_methods;

}  // namespace storeward::support
