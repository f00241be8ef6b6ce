// SourceWindow: the part of a source that a decoder still needs, addressed by positions in the
// source. Owned by one decoder.
//
// Invariant: bytes from the position given to the latest append() on are there; what lies before is
// dropped, but seldom moved.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/assert.h"

namespace storeward {

// Of a source that is refused as a whole, so much is shown: over a wire nobody has it any more.
inline constexpr std::size_t refused_bytes = 64 * 1024;

class SourceWindow {
 public:
  // More of the source; nothing before `needed_from` will be asked for again.
  void append(std::string_view bytes, std::uint64_t needed_from) {
    ASSERT(needed_from >= begin_ && needed_from <= end());
    const auto unneeded = static_cast<std::size_t>(needed_from - begin_);
    // Moving less than is dropped keeps small slices from costing the square of their number.
    if (unneeded >= kept_.size() - unneeded) {
      kept_.erase(0, unneeded);
      begin_ = needed_from;
    }
    kept_.append(bytes);
  }

  std::uint64_t end() const { return begin_ + kept_.size(); }
  std::string_view from(std::uint64_t position) const { return between(position, end()); }
  std::string_view between(std::uint64_t from, std::uint64_t to) const {
    ASSERT(from >= begin_ && from <= to && to <= end());
    return std::string_view(kept_).substr(static_cast<std::size_t>(from - begin_),
                                          static_cast<std::size_t>(to - from));
  }

 private:
  std::string kept_;
  std::uint64_t begin_ = 0;
};

}  // namespace storeward
