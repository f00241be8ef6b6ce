// Puts together what the status says from the facts of the parts. Pure but for `now`; io thread.
#pragma once

#include "agent/base/time_zone.h"
#include "agent/core/status.h"
#include "agent/runtime/alert_board.h"
#include "agent/runtime/forward_loop.h"
#include "config/config.h"
#include "store/outbox.h"

namespace storeward {

struct StatusFacts {
  const config::Site& site;
  const TimeZone& time_zone;
  Confirm confirm;
  const store::OutboxStatus& store;
  const ForwardLoop& forward;
  const AlertBoard& alerts;
  std::vector<DriverStatus> drivers;
  Millis uptime;
  WallTime now;
};

AgentStatus report_status(const StatusFacts& facts);

}  // namespace storeward
