// SequenceSet: which numbers of a stream the hub holds. Everything up to confirmed() without a gap,
// and the ranges beyond it that came out of order. Pure.
//
// Invariant: ranges_ is sorted, its ranges neither touch nor overlap, none begins at or below
// confirmed_ + 1. So the set is as compact as the disorder is small.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/hub_protocol.h"

namespace storeward::hub {

class SequenceSet {
 public:
  Sequence confirmed() const { return confirmed_; }
  std::size_t ranges_beyond() const { return ranges_.size(); }
  bool contains(Sequence sequence) const;
  bool disjoint(Range range) const;

  void add(Range range);

  // The gaps up to and including `up_to`, the lowest first, at most `most` of them.
  std::vector<Range> missing(Sequence up_to, std::size_t most) const;

  // The numbers of `range` that are not held.
  std::vector<Range> missing_within(Range range) const;

  // The ranges beyond confirmed() as the database keeps them: "15-20,30-30".
  std::string beyond_text() const;
  static std::optional<SequenceSet> from_text(Sequence confirmed, std::string_view beyond);

 private:
  Sequence confirmed_ = 0;
  std::vector<Range> ranges_;
};

}  // namespace storeward::hub
