#include "agent/runtime/milestones.h"

#include <algorithm>

namespace storeward {

void Milestones::reached(Milestone milestone, const StreamKey& stream, Sequence through,
                         WallTime now) {
  Track& track = tracks_[stream][static_cast<std::size_t>(milestone)];
  if (!track.empty() && track.back().through >= through) return;
  track.push_back({through, now});
  if (track.size() > max_marks) track.pop_front();
}

std::optional<WallTime> Milestones::passed(Milestone milestone, const StreamKey& stream,
                                           Sequence sequence) const {
  const auto found = tracks_.find(stream);
  if (found == tracks_.end()) return std::nullopt;
  const Track& track = found->second[static_cast<std::size_t>(milestone)];
  const auto mark = std::ranges::lower_bound(track, sequence, {}, &Mark::through);
  // The oldest mark stands for all that came before it, so its time says nothing of earlier ones.
  if (mark == track.end() || (mark == track.begin() && mark->through != sequence))
    return std::nullopt;
  return mark->at;
}

}  // namespace storeward
