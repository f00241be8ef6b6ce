// CrashDisk: a disk in memory that behaves as badly as POSIX allows. Writes go to a volatile layer
// (what the processes see) and reach the platter by sync, or by luck when the power goes.
//
// Owned by one thread. Invariants: what was synced survives every power cut; what was not is kept
// or lost sector by sector, each on its own; a truncation, creation or removal is kept or lost
// whole.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/random.h"

namespace storeward::support {

inline constexpr std::size_t sector_bytes = 512;

// The bytes of one file, whatever its name.
class DiskFile {
 public:
  // At most `count` bytes from `offset`; fewer at the end of the file.
  std::string_view read(std::uint64_t offset, std::size_t count) const;
  void write(std::uint64_t offset, std::string_view bytes);
  void truncate(std::uint64_t size);
  void sync();
  std::uint64_t size() const { return seen_.size(); }

  // As Linux does it: of the unsynced changes some reach the platter, the others never will,
  // although every process still sees them.
  void fail_sync(Random& random);
  void lose_power(Random& random, double kept_share);

  // The file as every process sees it, safely on a new disk.
  std::shared_ptr<DiskFile> copy() const;

 private:
  struct Change {
    std::uint64_t at;
    std::string bytes;
    bool truncates;
  };
  static void apply_write(std::string& content, std::uint64_t at, std::string_view bytes);
  void keep_some(Random& random, double kept_share);

  std::string seen_, durable_;
  std::vector<Change> unsynced_;
};

class CrashDisk {
 public:
  using Image = std::map<std::string, std::shared_ptr<const DiskFile>>;

  std::shared_ptr<DiskFile> find(const std::string& name) const;
  std::shared_ptr<DiskFile> create(const std::string& name);
  void remove(const std::string& name);
  void sync_directory();
  std::uint64_t used_bytes() const;

  void lose_power(Random& random);

  Image image() const;               // a copy of the whole disk at this instant
  void restore(const Image& image);  // what was on the disk is gone

 private:
  // Oldest first; the first is on the platter, the last is what processes see. Null: no such file.
  using Entry = std::vector<std::shared_ptr<DiskFile>>;
  std::map<std::string, Entry> entries_;
};

}  // namespace storeward::support
