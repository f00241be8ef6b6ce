// Suspicion: which events of a lane may be poison, and how sure we are. Pure. CONTRACT section 5.
//
// A message that the broker refuses for its content, or hangs up on, is halved until one event is
// left. That one is set aside: the stream goes on without it, and thereby shows that others pass.
// Only then is it tried again, alone in flight; refused again it is withheld. A hang-up says less
// than a reason code (the line may simply be bad), so there it takes three trials, each on a
// connection that had proved stable before. Several refused in a row are no poison but a limit: the
// stream stops, and nothing is withheld.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/core/forwarding/range_set.h"

namespace storeward {

enum class Evidence : std::uint8_t { reason_code, hang_up, too_large };

struct Suspect {
  Sequence sequence = 0;
  Evidence evidence = Evidence::reason_code;
  std::uint32_t failed_trials = 0;
  std::string reason;
};

class Suspicion {
 public:
  static constexpr std::uint32_t too_many_in_a_row = 3;

  // A message of several numbers was refused: it goes again in halves.
  void halve(Range range);
  // One event was refused. True: that was one too many in a row, the stream must stop.
  bool set_aside(Sequence sequence, Evidence evidence, const std::string& reason);
  // The broker took these.
  void on_taken(Range range);
  // The suspect failed once more, alone in flight. True: it is to be withheld.
  bool on_trial_failed(Sequence sequence);
  void drop(Sequence sequence);
  // The stream stops: everything goes again from the start, whole messages, later.
  void forget();

  bool halving() const { return !pieces_.empty(); }
  // Where a message that starts at `range.first` must end at the latest.
  Range limit(Range range) const;

  std::vector<Sequence> set_aside() const;
  const Suspect* next_trial() const { return aside_.empty() ? nullptr : &aside_.front(); }
  // Others of the lane have passed since the last one was set aside.
  bool others_pass() const { return in_a_row_ == 0; }

 private:
  std::vector<Range> pieces_;
  std::vector<Suspect> aside_;
  std::uint32_t in_a_row_ = 0;
};

}  // namespace storeward
