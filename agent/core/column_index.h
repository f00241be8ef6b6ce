// ColumnIndex: at which place of a row the column of a name stands. Made once for a header; so a
// template's paths need not search each row for each of their names. Pure.
//
// Invariant: names differ, and stay where they are as long as it does.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace storeward {

// FNV-1a, of a column's name.
constexpr std::uint64_t column_hash(std::string_view name) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

class ColumnIndex {
 public:
  ColumnIndex() = default;
  explicit ColumnIndex(std::vector<std::string_view> names);

  static constexpr std::uint32_t npos = UINT32_MAX;
  std::size_t size() const { return names_.size(); }
  // npos: there is none of that name. `hash`: its column_hash.
  std::uint32_t find(std::string_view name, std::uint64_t hash) const {
    for (std::size_t at = hash & mask_;; at = (at + 1) & mask_) {
      if (slots_[at] == npos || names_[slots_[at]] == name) return slots_[at];
    }
  }

 private:
  std::vector<std::string_view> names_;
  std::vector<std::uint32_t> slots_{npos};  // by hash, at most half of them taken; of names_
  std::size_t mask_ = 0;
};

}  // namespace storeward
