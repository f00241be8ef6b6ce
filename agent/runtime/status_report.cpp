#include "agent/runtime/status_report.h"

#include <algorithm>
#include <map>
#include <utility>

#include "agent/base/version.h"
#include "agent/core/register_key.h"

namespace storeward {
namespace {

StoreHealth health_of(store::StoreState state) {
  switch (state) {
    case store::StoreState::ok:
      return StoreHealth::ok;
    case store::StoreState::low:
      return StoreHealth::low;
    case store::StoreState::full:
      return StoreHealth::full;
    case store::StoreState::read_only:
      return StoreHealth::read_only;
    case store::StoreState::damaged:
      return StoreHealth::damaged;
  }
  ASSERT(false);
}

HubStatus hub_status(const ForwardLoop::HubFacts& facts) {
  HubStatus hub{
      .state = facts.state, .since = facts.since, .broker = facts.broker, .detail = facts.detail};
  if (facts.last_confirmation != WallTime{}) hub.last_confirmation = facts.last_confirmation;
  return hub;
}

// A stream in the status is all its epochs together: numbers of the current one, what waits of all.
std::vector<StreamStatus> stream_statuses(const StatusFacts& facts) {
  std::map<Stream, StreamStatus> streams;
  for (std::size_t i = 0; i < facts.store.streams.size(); ++i) {
    const StreamState& state = facts.store.streams[i];
    StreamStatus& status = streams[state.stream.stream];
    status.stream = state.stream.stream;
    const StreamProgress progress = facts.forward.progress(state.stream);
    const Sequence last = std::max(state.head.last, progress.last);
    const Sequence sent =
        facts.confirm == Confirm::receipt ? progress.confirmed : progress.published;
    const std::uint64_t waiting = last > sent ? last - sent : 0;
    if (state.stream.epoch == facts.store.epoch) {
      status.last = last;
      status.published = progress.published;
      status.confirmed = progress.confirmed;
    }
    status.waiting += waiting;
    const WallTime oldest = facts.store.oldest_waiting[i];
    if (waiting > 0 && oldest != WallTime{}) {
      const Millis age = std::max(facts.now - oldest, Millis{0});
      status.oldest_waiting = std::max(status.oldest_waiting.value_or(Millis{0}), age);
    }
  }
  // Snapshots get their number when the line is there for them.
  StreamStatus& levels = streams[Stream::levels];
  levels.stream = Stream::levels;
  levels.waiting += facts.store.levels_waiting;
  std::vector<StreamStatus> listed;
  listed.reserve(streams.size());
  for (const auto& [stream, status] : streams) listed.push_back(status);
  return listed;
}

// One entry per register and business day; a register may have taken several currencies.
std::vector<DayStatus> day_statuses(const std::vector<store::DayTotals>& totals) {
  std::vector<DayStatus> days;
  for (const store::DayTotals& total : totals) {
    RegisterName name = register_name(total.register_id);
    const bool same_day = !days.empty() && days.back().business_date == total.business_date &&
                          RegisterName{days.back().site_id, days.back().register_id} == name;
    if (!same_day) {
      days.push_back({.business_date = total.business_date,
                      .register_id = std::move(name.id),
                      .site_id = std::move(name.site)});
    }
    DayStatus& day = days.back();
    day.sales += static_cast<std::uint64_t>(total.sales);
    day.returns += static_cast<std::uint64_t>(total.returns);
    day.gross.push_back({total.gross_minor, total.currency});
    day.last_sale = std::max(day.last_sale, total.last_sale);
  }
  return days;
}

}  // namespace

AgentStatus report_status(const StatusFacts& facts) {
  AgentStatus status{.tenant = facts.site.tenant,
                     .site = facts.site.id,
                     .agent = facts.site.agent,
                     .version = version,
                     .epoch = facts.store.epoch,
                     .time_zone = facts.time_zone.name()};
  status.uptime_s = static_cast<std::uint64_t>(facts.uptime.count() / 1000);
  status.hub = hub_status(facts.forward.hub_facts());
  status.streams = stream_statuses(facts);
  status.days = day_statuses(facts.store.days);
  status.open_exceptions = facts.store.open_exceptions;
  status.open_by_driver = facts.store.open_by_driver;
  status.store = {health_of(facts.store.state), facts.store.bytes, facts.store.free_bytes};
  status.drivers = facts.drivers;
  for (const Alert& alert : facts.alerts.open()) {
    status.alerts.push_back({alert.kind, alert.since, alert.detail});
  }
  return status;
}

}  // namespace storeward
