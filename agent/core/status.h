// What the agent says about itself (CONTRACT section 8), as plain values and in its two forms: JSON
// for the page and the command line, Prometheus text for monitoring. Pure; made on the io thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/core/forwarder.h"
#include "agent/core/stream.h"

namespace storeward {

struct HubStatus {
  HubState state = HubState::offline;
  std::optional<WallTime> since;
  std::optional<WallTime> last_confirmation;
  std::string broker;  // host:port, of the last connection
  std::string detail;  // why the line is down, in plain words; empty while it is up
};

struct StreamStatus {
  Stream stream = Stream::sales;
  Sequence last = 0, published = 0, confirmed = 0;
  std::uint64_t waiting = 0;             // over all epochs, so not always last - confirmed
  std::optional<Millis> oldest_waiting;  // its age; none when nothing waits
};

struct MoneyTotal {
  std::int64_t amount_minor = 0;
  std::string currency;
};

struct DayStatus {
  std::string business_date, register_id;
  std::uint64_t sales = 0, returns = 0;
  std::vector<MoneyTotal> gross;
  std::string last_sale;  // RFC 3339, as in the event
  std::string site_id{};  // empty: the agent's own
};

enum class StoreHealth : std::uint8_t { ok, low, full, read_only, damaged };

struct StoreStatus {
  StoreHealth state = StoreHealth::ok;
  std::uint64_t bytes = 0, free_bytes = 0;
};

enum class DriverState : std::uint8_t { ok, paused, failing, stopped };

// A template that a driver maps by.
struct TemplateStatus {
  std::string name, version;
  // The version that its file had when an exception was last edited or handed in again, where that
  // is another template than the driver's.
  std::optional<std::string> on_disk;
};

struct DriverStatus {
  std::string name, kind;
  DriverState state = DriverState::ok;
  std::string detail;  // why it is not ok, in plain words
  std::optional<WallTime> last_delivery;
  bool look = false;  // it works, and something of its source's waits for a person: `detail`
  std::vector<TemplateStatus> templates{};
};

struct AlertStatus {
  std::string kind;
  WallTime since{};
  std::string detail;  // in plain words: what, and what to do
};

struct AgentStatus {
  std::string tenant, site, agent, version, epoch;
  std::string time_zone;  // of the site, an IANA name
  std::uint64_t uptime_s = 0;
  HubStatus hub;
  std::vector<StreamStatus> streams;  // those left out are listed with zeros
  std::vector<DayStatus> days;
  std::uint64_t open_exceptions = 0;
  std::vector<std::pair<std::string, std::uint64_t>> open_by_driver;  // "": POST /v1/events
  StoreStatus store;
  std::vector<DriverStatus> drivers;
  std::vector<AlertStatus> alerts;
};

std::string_view name_of(HubState state);
std::string_view name_of(StoreHealth state);
std::string_view name_of(DriverState state);

std::string to_json(const AgentStatus& status);

// Prometheus text exposition format 0.0.4. Times are Unix seconds, money is in minor units.
std::string to_prometheus(const AgentStatus& status);

}  // namespace storeward
