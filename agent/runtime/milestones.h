// Milestones: when a stream's cursors passed a sequence, so that `trace` can give times. In memory,
// for the recent past only; io thread.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <optional>

#include "agent/base/clock.h"
#include "agent/core/hub_protocol.h"

namespace storeward {

enum class Milestone : std::uint8_t { published, broker_acked, confirmed };

class Milestones {
 public:
  // The stream has got to `through` now; lower than before is ignored.
  void reached(Milestone milestone, const StreamKey& stream, Sequence through, WallTime now);

  // When it passed `sequence`; none if it has not, or too long ago to be remembered.
  std::optional<WallTime> passed(Milestone milestone, const StreamKey& stream,
                                 Sequence sequence) const;

 private:
  struct Mark {
    Sequence through;
    WallTime at;
  };
  using Track = std::deque<Mark>;  // ascending, at most max_marks

  static constexpr std::size_t max_marks = 1000;
  std::map<StreamKey, std::array<Track, 3>> tracks_;
};

}  // namespace storeward
