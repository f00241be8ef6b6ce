// AlertAnnouncer: tells the hub which alerts stand: agent.alert.raised / agent.alert.cleared, in
// stream `ops`. io thread.
//
// What the hub has been told is a cursor of its own for each kind, committed with the event that
// says it: so what was raised is taken back, and once, whatever ends the agent in between. After a
// start causes need a while to be found again: until `found_again_within` nothing that was told
// before it is taken back for not being found. A kind is raised at most once in `tell_interval`, so
// that a flapping cause cannot flood the hub.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/core/admission.h"
#include "agent/core/submit.h"
#include "agent/runtime/alert_board.h"

namespace storeward {

class AlertAnnouncer {
 public:
  struct Parts {
    const Clock& clock;
    const AlertBoard& board;
    Submit submit;
    SourceCursors cursors;
    const AdmissionOptions& admission;
  };

  static constexpr Millis tell_interval{10 * 60 * 1000}, found_again_within{10 * 60 * 1000};

  explicit AlertAnnouncer(Parts parts);

  void look();  // once a second

 private:
  struct Told {
    Alert alert;              // of an earlier process without its detail
    bool found_here = false;  // it has stood in this process
  };
  using AllTold = std::map<std::string, Told>;  // by kind

  void recall();
  void take_over(const std::vector<SourceCursor>& cursors);
  void tell();
  void say(const Alert& alert, bool raised, Delivery& delivery) const;

  const Parts parts_;
  const Instant begun_;
  std::optional<AllTold> told_;                // none: not read yet
  std::map<std::string, Instant> last_raise_;  // told, in this process
  bool busy_ = false;                          // a question or a delivery is under way
  Instant not_before_{};
};

}  // namespace storeward
