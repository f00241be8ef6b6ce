#include "store/disk_guard.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "store/reserve.h"
#include "store/schema.h"

namespace storeward::store {
namespace {

constexpr std::uint64_t early_per_mille = 800;  // of max_bytes: confirmed rows go early
constexpr auto pause_after_full = std::chrono::seconds(1);
// With ample room a commit need not ask the disk each time: more than that cannot come meanwhile.
constexpr std::uint64_t ample_bytes = 256u << 20;
constexpr auto measured_for = std::chrono::milliseconds(50);
constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();

}  // namespace

DiskGuard::DiskGuard(Connection& db, DatabaseRoom& room, const OutboxOptions& options,
                     const Clock& clock)
    : options_(options),
      clock_(clock),
      room_(room),
      reserve_(reserve_file(options.directory)),
      page_count_(db, "PRAGMA page_count"),
      free_pages_(db, "PRAGMA freelist_count") {
  std::error_code absent;
  reserve_held_ = std::filesystem::file_size(reserve_, absent);
  if (absent) reserve_held_ = 0;
  measure(0);
  keep_reserve();
}

void DiskGuard::measure_if_due(std::uint64_t owed_bytes) {
  const std::uint64_t early = options_.max_bytes / 1000 * early_per_mille;
  const bool near_bound = options_.max_bytes != 0 && used_bytes_ + ample_bytes > early;
  const bool near_full = free_bytes_ < options_.reserve_bytes * 2 + ample_bytes;
  if (near_bound || near_full || clock_.now() - measured_at_ >= measured_for) {
    measure(owed_bytes);
  }
}

void DiskGuard::count_pages() {
  const auto number = [](Query& query) {
    Query::Rows rows = query.rows();
    return rows.next() ? static_cast<std::uint64_t>(rows.integer(0)) : 0;
  };
  bytes_ = number(page_count_) * page_bytes;
  used_bytes_ = bytes_ - std::min(bytes_, number(free_pages_) * page_bytes);
}

std::uint64_t DiskGuard::free_bytes() const {
  if (options_.max_bytes == 0) return free_bytes_;
  return std::min(free_bytes_,
                  options_.max_bytes - std::min(options_.max_bytes, used_bytes_ + owed_bytes_));
}

bool DiskGuard::leaves_room(std::uint64_t owed_bytes) {
  count_pages();
  if (options_.max_bytes != 0 && used_bytes_ + owed_bytes > options_.max_bytes) return false;
  return room_.hold(std::max(bytes_, used_bytes_ + owed_bytes));
}

void DiskGuard::measure(std::uint64_t owed_bytes) {
  measured_at_ = clock_.now();
  count_pages();
  owed_bytes_ = owed_bytes;
  struct statvfs disk {};
  free_bytes_ = statvfs(options_.directory.c_str(), &disk) == 0
                    ? std::uint64_t{disk.f_bavail} * disk.f_frsize
                    : no_limit;
  pressure_ = std::max(from_bound(), from_disk());
  if (was_full_) {
    if (clock_.now() < full_until_) {
      pressure_ = Pressure::refuse_all;
    } else {
      was_full_ = false;  // the next commit tries again
    }
  }
}

Pressure DiskGuard::from_bound() const {
  if (options_.max_bytes == 0) return Pressure::none;
  const std::uint64_t per_mille = (used_bytes_ + owed_bytes_) * 1000 / options_.max_bytes;
  if (per_mille >= 970) return Pressure::refuse_all;  // the rest is for cursors and pruning
  if (per_mille >= 930) return Pressure::sales_only;
  if (per_mille >= 880) return Pressure::refuse_levels;
  if (per_mille >= early_per_mille) return Pressure::prune_early;
  return Pressure::none;
}

Pressure DiskGuard::from_disk() const {
  const std::uint64_t reserve = options_.reserve_bytes;
  // What has been pruned is room as well: the file does not shrink for little.
  const std::uint64_t room = free_bytes_ + std::min(unused_bytes(), no_limit - free_bytes_);
  if (room < reserve / 8) return Pressure::refuse_all;
  if (room < reserve / 2) return Pressure::sales_only;
  if (room < reserve) return Pressure::refuse_levels;
  if (room < reserve * 2) return Pressure::prune_early;
  return Pressure::none;
}

bool DiskGuard::refuses(Stream stream, std::string_view type) const {
  switch (pressure_) {
    case Pressure::none:
    case Pressure::prune_early:
      return false;
    case Pressure::refuse_levels:
      return stream == Stream::levels || type == "retail.scan.observed.v1";
    case Pressure::sales_only:
      return stream != Stream::sales && stream != Stream::finance;
    case Pressure::refuse_all:
      return true;
  }
  return true;
}

void DiskGuard::on_full() {
  if (give_up_reserve(options_.directory)) reserve_held_ = 0;
  was_full_ = true;
  full_until_ = clock_.now() + pause_after_full;
  pressure_ = Pressure::refuse_all;
}

void DiskGuard::keep_reserve() {
  if (reserve_held_ >= options_.reserve_bytes || was_full_) return;
  for (const std::uint64_t bytes :
       {options_.reserve_bytes, std::min(options_.reserve_bytes, least_reserve_bytes)}) {
    // Asks for twice the room beside it: one that brings the disk to its limit would come and go.
    if (bytes <= reserve_held_ || free_bytes_ < bytes * 3) continue;
    const int file = open(reserve_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    if (file < 0) return;
    const int failed = posix_fallocate(file, 0, static_cast<off_t>(bytes));
    close(file);
    reserve_held_ = bytes;
    if (failed && give_up_reserve(options_.directory)) reserve_held_ = 0;
    return;
  }
}

StoreState DiskGuard::state() const {
  if (pressure_ == Pressure::refuse_all) return StoreState::full;
  return pressure_ == Pressure::none ? StoreState::ok : StoreState::low;
}

}  // namespace storeward::store
