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
  // What the stream had passed before anybody looked: no time is known for it.
  void begin(Milestone milestone, const StreamKey& stream, Sequence passed_before);

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
  struct Track {
    Sequence before = 0;     // up to here no time is known (any more)
    std::deque<Mark> marks;  // ascending, at most max_marks
  };

  static constexpr std::size_t max_marks = 1000;
  std::map<StreamKey, std::array<Track, 3>> tracks_;
};

}  // namespace storeward
