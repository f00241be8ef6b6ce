// RangeSet: a set of sequence numbers as sorted, disjoint, non-adjacent ranges. Pure value.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "agent/core/hub_protocol.h"

namespace storeward {

class RangeSet {
 public:
  void add(Range range);
  void remove(Range range);
  void clear() { ranges_.clear(); }

  bool empty() const { return ranges_.empty(); }
  bool contains(Sequence sequence) const;
  std::size_t size() const { return ranges_.size(); }  // ranges, not numbers
  const std::vector<Range>& ranges() const { return ranges_; }

  // The numbers of `range` that are not in this set.
  RangeSet missing_in(Range range) const;

 private:
  std::vector<Range> ranges_;
};

// The part of `range` within [first, last]; none when they do not meet.
std::optional<Range> clip(Range range, Sequence first, Sequence last);

}  // namespace storeward
