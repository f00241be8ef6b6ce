// CrashVfs: an SQLite VFS on a CrashDisk: a machine whose power can be cut, whose process can be
// killed and whose disk can fail or fill up, at any chosen I/O operation. Several connections of
// one process may share a database in WAL mode (the WAL index lives in memory).
//
// Owned by one thread, as is every connection opened through it. Invariant: from power_cut() or
// kill() until restart() every operation fails and nothing on the disk changes, so that whoever was
// running can be torn down like any object. restart() wants all connections closed.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "tests/support/crash_disk.h"

namespace storeward::support {

enum class DiskOperation : std::uint8_t { open, read, write, sync, truncate, remove };
inline constexpr std::size_t disk_operation_count = 6;

enum class DiskFault : std::uint8_t {
  io_error,  // this one operation fails; a write may be half done, a sync keeps what it likes
  full,      // from here on no file grows, until clear_faults()
  power_cut,
  kill
};

class CrashVfs {
 public:
  // Registered with SQLite under `name` while it lives; also seeds SQLite's own random numbers.
  CrashVfs(std::string name, std::uint64_t seed);
  ~CrashVfs();
  CrashVfs(const CrashVfs&) = delete;
  CrashVfs& operator=(const CrashVfs&) = delete;

  const std::string& name() const;

  // The n-th operation from now on (1: the next) meets this fault; replaces what was planned.
  void fail_at(std::uint64_t nth, DiskFault fault);
  void set_capacity(std::optional<std::uint64_t> bytes);
  void pause_faults(bool paused);  // for whoever only looks: no faults, and nothing is counted
  bool fault_planned() const;      // one to come, a full disk, or down
  void clear_faults();             // planned faults and the capacity

  void power_cut();  // what was not synced is kept or lost by seed
  void kill();       // the process ends; what it wrote stays
  bool down() const;
  void restart();

  CrashDisk::Image image() const;               // of the disk, at any time
  void restore(const CrashDisk::Image& image);  // only while no file is open

  std::uint64_t operations() const;  // all so far
  std::uint64_t operations(DiskOperation kind) const;
  std::uint64_t used_bytes() const;

  struct State;  // for the C functions of the VFS

 private:
  std::unique_ptr<State> state_;
};

}  // namespace storeward::support
