#include "agent/core/column_index.h"

#include <bit>
#include <utility>

namespace storeward {

ColumnIndex::ColumnIndex(std::vector<std::string_view> names)
    : names_(std::move(names)),
      slots_(std::bit_ceil(2 * names_.size() + 1), npos),
      mask_(slots_.size() - 1) {
  for (std::size_t column = 0; column < names_.size(); ++column) {
    std::size_t at = column_hash(names_[column]) & mask_;
    while (slots_[at] != npos) at = (at + 1) & mask_;
    slots_[at] = static_cast<std::uint32_t>(column);
  }
}

}  // namespace storeward
