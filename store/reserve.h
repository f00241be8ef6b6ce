// The reserve: a file that is given up when the disk is full, so that there is room to start, to
// save cursors and to prune. DiskGuard makes it; whoever must do without it gives it up.
#pragma once

#include <cstdint>
#include <filesystem>

namespace storeward::store {

// Less would not carry a start and the saving of cursors.
inline constexpr std::uint64_t least_reserve_bytes = 1u << 20;

inline std::filesystem::path reserve_file(const std::filesystem::path& directory) {
  return directory / "reserve";
}

// True if there was one: its room is on the disk now.
inline bool give_up_reserve(const std::filesystem::path& directory) {
  std::error_code failed;
  return std::filesystem::remove(reserve_file(directory), failed) && !failed;
}

}  // namespace storeward::store
