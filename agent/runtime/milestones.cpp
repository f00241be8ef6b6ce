#include "agent/runtime/milestones.h"

#include <algorithm>

namespace storeward {

void Milestones::begin(Milestone milestone, const StreamKey& stream, Sequence passed_before) {
  tracks_[stream][static_cast<std::size_t>(milestone)].before = passed_before;
}

void Milestones::reached(Milestone milestone, const StreamKey& stream, Sequence through,
                         WallTime now) {
  Track& track = tracks_[stream][static_cast<std::size_t>(milestone)];
  if (through <= (track.marks.empty() ? track.before : track.marks.back().through)) return;
  track.marks.push_back({through, now});
  if (track.marks.size() > max_marks) {
    track.before = track.marks.front().through;
    track.marks.pop_front();
  }
}

std::optional<WallTime> Milestones::passed(Milestone milestone, const StreamKey& stream,
                                           Sequence sequence) const {
  const auto found = tracks_.find(stream);
  if (found == tracks_.end()) return std::nullopt;
  const Track& track = found->second[static_cast<std::size_t>(milestone)];
  if (sequence <= track.before) return std::nullopt;
  const auto mark = std::ranges::lower_bound(track.marks, sequence, {}, &Mark::through);
  if (mark == track.marks.end()) return std::nullopt;
  return mark->at;
}

}  // namespace storeward
