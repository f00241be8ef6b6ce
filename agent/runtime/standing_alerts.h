// StandingAlerts: the alerts of what no event tells, looked at once a second: room in the store,
// events that nobody takes, questions of the drivers, a salvage at a start, the clock. io thread.
#pragma once

#include <string>

#include "agent/runtime/alert_board.h"
#include "agent/runtime/clock_watch.h"
#include "config/config.h"
#include "store/outbox.h"

namespace storeward {

class StandingAlerts {
 public:
  StandingAlerts(AlertBoard& board, const config::Store& store) : board_(board), store_(store) {}

  // `driver_questions`: to a person; empty where there are none.
  void look(const store::OutboxStatus& store, const std::string& driver_questions,
            const ClockWatch& clock);

 private:
  void look_at_room(store::StoreState state);
  void look_at_files(const std::string& files_gone);
  void look_for_undelivered(const store::OutboxStatus& store);
  void look_for_salvage();
  void look_at_clock(const ClockWatch& clock);

  AlertBoard& board_;
  const config::Store& store_;
  bool salvage_noticed_ = true;  // until looked
};

}  // namespace storeward
