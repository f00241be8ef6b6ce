// DiskGuard: how much may still be accepted (CONTRACT P5). It looks at the configured bound and at
// the file system, and holds a reserve file that is given up when the disk is full, so that cursors
// can still be saved and rows pruned. Store thread.
#pragma once

#include <filesystem>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/core/event.h"
#include "store/database_room.h"
#include "store/outbox.h"
#include "store/sqlite.h"

namespace storeward::store {

// What is refused as space runs out; each includes the ones before.
enum class Pressure : std::uint8_t { none, prune_early, refuse_levels, sales_only, refuse_all };

class DiskGuard {
 public:
  DiskGuard(Connection& db, DatabaseRoom& room, const OutboxOptions& options, const Clock& clock);

  // owed_bytes: what upkeep must be able to write before it can prune. Of the configured bound it
  // counts as used, or an outbox that is full could never drain.
  void measure(std::uint64_t owed_bytes);
  // As of a moment ago is enough, while there is room.
  void measure_if_due(std::uint64_t owed_bytes);
  // Whether the open transaction leaves that room, within the bound and on the disk, where the
  // database's own part of it is held from here on.
  bool leaves_room(std::uint64_t owed_bytes);
  Pressure pressure() const { return pressure_; }
  bool refuses(Stream stream, std::string_view type) const;

  void on_full();  // a write found no room: gives the reserve up, refuses for a moment
  // Makes it (again) when there is room; a small one first, so that even a disk that stays nearly
  // full leaves enough to start and to save cursors.
  void keep_reserve();

  StoreState state() const;
  std::uint64_t unused_bytes() const { return bytes_ - used_bytes_; }  // within the file
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t free_bytes() const;  // that may still be written: on the disk, and of the bound

 private:
  void count_pages();
  Pressure from_bound() const;
  Pressure from_disk() const;

  const OutboxOptions& options_;
  const Clock& clock_;
  DatabaseRoom& room_;
  std::filesystem::path reserve_;
  std::uint64_t reserve_held_ = 0;  // bytes
  Instant full_until_{};
  bool was_full_ = false;
  Instant measured_at_{};
  std::uint64_t bytes_ = 0, used_bytes_ = 0, owed_bytes_ = 0, free_bytes_ = 0;
  Pressure pressure_ = Pressure::none;
  Query page_count_, free_pages_;
};

}  // namespace storeward::store
