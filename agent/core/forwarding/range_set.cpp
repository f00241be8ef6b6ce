#include "agent/core/forwarding/range_set.h"

#include <algorithm>

#include "agent/base/assert.h"

namespace storeward {

void RangeSet::add(Range range) {
  ASSERT(range.first >= 1 && range.first <= range.last);
  // Everything that overlaps or touches melts into one range.
  const auto begin = std::ranges::lower_bound(ranges_, range.first - 1, {}, &Range::last);
  auto end = begin;
  for (; end != ranges_.end() && end->first <= range.last + 1; ++end) {
    range.first = std::min(range.first, end->first);
    range.last = std::max(range.last, end->last);
  }
  ranges_.insert(ranges_.erase(begin, end), range);
}

void RangeSet::remove(Range range) {
  ASSERT(range.first <= range.last);
  const auto begin = std::ranges::lower_bound(ranges_, range.first, {}, &Range::last);
  std::vector<Range> kept;
  auto end = begin;
  for (; end != ranges_.end() && end->first <= range.last; ++end) {
    if (end->first < range.first) kept.push_back({end->first, range.first - 1});
    if (end->last > range.last) kept.push_back({range.last + 1, end->last});
  }
  const auto at = ranges_.erase(begin, end);
  ranges_.insert(at, kept.begin(), kept.end());
}

bool RangeSet::contains(Sequence sequence) const {
  const auto at = std::ranges::lower_bound(ranges_, sequence, {}, &Range::last);
  return at != ranges_.end() && at->first <= sequence;
}

RangeSet RangeSet::missing_in(Range range) const {
  RangeSet rest;
  rest.add(range);
  const auto begin = std::ranges::lower_bound(ranges_, range.first, {}, &Range::last);
  for (auto at = begin; at != ranges_.end() && at->first <= range.last; ++at) rest.remove(*at);
  return rest;
}

std::optional<Range> clip(Range range, Sequence first, Sequence last) {
  const Range part{std::max(range.first, first), std::min(range.last, last)};
  if (part.first > part.last) return std::nullopt;
  return part;
}

}  // namespace storeward
