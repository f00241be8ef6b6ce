#include "agent/hub/sequence_set.h"

#include <algorithm>
#include <charconv>

namespace storeward::hub {

bool SequenceSet::contains(Sequence sequence) const {
  return !disjoint({sequence, sequence});
}

bool SequenceSet::disjoint(Range range) const {
  if (range.first <= confirmed_) return false;
  const auto after =
      std::partition_point(ranges_.begin(), ranges_.end(),
                           [range](const Range& held) { return held.last < range.first; });
  return after == ranges_.end() || after->first > range.last;
}

void SequenceSet::add(Range range) {
  ASSERT(range.first >= 1 && range.first <= range.last);
  const auto begin =
      std::partition_point(ranges_.begin(), ranges_.end(),
                           [range](const Range& held) { return held.last + 1 < range.first; });
  auto end = begin;
  for (; end != ranges_.end() && end->first <= range.last + 1; ++end) {
    range = {std::min(range.first, end->first), std::max(range.last, end->last)};
  }
  const auto at = ranges_.erase(begin, end);
  if (range.first > confirmed_ + 1) {
    ranges_.insert(at, range);
    return;
  }
  confirmed_ = std::max(confirmed_, range.last);
  // What the prefix has reached now lies in front: the range may have begun inside the prefix.
  while (!ranges_.empty() && ranges_.front().first <= confirmed_ + 1) {
    confirmed_ = std::max(confirmed_, ranges_.front().last);
    ranges_.erase(ranges_.begin());
  }
}

std::vector<Range> SequenceSet::missing(Sequence up_to, std::size_t most) const {
  std::vector<Range> gaps;
  Sequence next = confirmed_ + 1;
  for (const Range& held : ranges_) {
    if (gaps.size() == most || next > up_to) return gaps;
    gaps.push_back({next, std::min(held.first - 1, up_to)});
    next = held.last + 1;
  }
  if (gaps.size() < most && next <= up_to) gaps.push_back({next, up_to});
  return gaps;
}

std::vector<Range> SequenceSet::missing_within(Range range) const {
  std::vector<Range> gaps;
  for (const Range& gap : missing(range.last, ranges_.size() + 1)) {
    if (gap.last >= range.first) gaps.push_back({std::max(gap.first, range.first), gap.last});
  }
  return gaps;
}

std::string SequenceSet::beyond_text() const {
  std::string text;
  for (const Range& range : ranges_) {
    if (!text.empty()) text += ',';
    text += std::to_string(range.first) + '-' + std::to_string(range.last);
  }
  return text;
}

std::optional<SequenceSet> SequenceSet::from_text(Sequence confirmed, std::string_view beyond) {
  SequenceSet set;
  set.confirmed_ = confirmed;
  const char* at = beyond.data();
  const char* const end = at + beyond.size();
  while (at != end) {
    Range range;
    const auto first = std::from_chars(at, end, range.first);
    if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '-') return std::nullopt;
    const auto last = std::from_chars(first.ptr + 1, end, range.last);
    if (last.ec != std::errc{} || range.first < 1 || range.last < range.first) return std::nullopt;
    set.add(range);
    at = last.ptr;
    if (at != end && *at++ != ',') return std::nullopt;
  }
  return set;
}

}  // namespace storeward::hub
