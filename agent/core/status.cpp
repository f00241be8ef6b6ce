#include "agent/core/status.h"

#include <algorithm>
#include <cstdio>

#include "agent/core/json_text.h"

namespace storeward {
namespace {

using json_text::append_number;
using json_text::append_string;

void append_text(std::string& out, std::string_view key, std::string_view value) {
  append_string(out, key);
  out += ':';
  append_string(out, value);
}

void append_count(std::string& out, std::string_view key, std::uint64_t value) {
  append_string(out, key);
  out += ':';
  append_number(out, value);
}

void append_time(std::string& out, std::string_view key, const std::optional<WallTime>& time) {
  append_string(out, key);
  out += ':';
  time ? append_string(out, to_rfc3339(*time)) : void(out += "null");
}

// Seconds with one decimal: 0.4
void append_seconds(std::string& out, Millis duration) {
  char text[32];
  const auto tenths = std::max<std::int64_t>(0, duration.count()) / 100;
  std::snprintf(text, sizeof text, "%lld.%lld", static_cast<long long>(tenths / 10),
                static_cast<long long>(tenths % 10));
  out += text;
}

StreamStatus status_of(const AgentStatus& status, Stream stream) {
  for (const StreamStatus& candidate : status.streams) {
    if (candidate.stream == stream) return candidate;
  }
  return StreamStatus{stream, 0, 0, 0, 0, std::nullopt};
}

// Elements separated by commas between the brackets.
template <typename Items, typename Append>
void append_list(std::string& out, char open, const Items& items, char close, Append append) {
  out += open;
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += ',';
    first = false;
    append(item);
  }
  out += close;
}

void append_hub(std::string& out, const HubStatus& hub) {
  out += R"("hub":{)";
  append_text(out, "state", name_of(hub.state));
  out += ',';
  append_time(out, "since", hub.since);
  out += ',';
  append_time(out, "last_confirmation", hub.last_confirmation);
  out += ',';
  append_text(out, "broker", hub.broker);
  out += ',';
  append_text(out, "detail", hub.detail);
  out += '}';
}

void append_stream(std::string& out, const StreamStatus& stream) {
  append_string(out, name_of(stream.stream));
  out += ":{";
  append_count(out, "last", stream.last);
  out += ',';
  append_count(out, "published", stream.published);
  out += ',';
  append_count(out, "confirmed", stream.confirmed);
  out += ',';
  append_count(out, "waiting", stream.waiting);
  out += R"(,"oldest_waiting_s":)";
  stream.oldest_waiting ? append_seconds(out, *stream.oldest_waiting) : void(out += "null");
  out += '}';
}

void append_day(std::string& out, const DayStatus& day) {
  out += '{';
  append_text(out, "businessDate", day.business_date);
  out += ',';
  if (!day.site_id.empty()) {
    append_text(out, "siteId", day.site_id);
    out += ',';
  }
  append_text(out, "registerId", day.register_id);
  out += ',';
  append_count(out, "sales", day.sales);
  out += ',';
  append_count(out, "returns", day.returns);
  out += R"(,"gross":)";
  append_list(out, '[', day.gross, ']', [&out](const MoneyTotal& money) {
    out += R"({"amountMinor":)";
    append_number(out, money.amount_minor);
    out += ',';
    append_text(out, "currency", money.currency);
    out += '}';
  });
  out += ',';
  append_text(out, "last_sale", day.last_sale);
  out += '}';
}

void append_store(std::string& out, const StoreStatus& store) {
  out += R"("store":{)";
  append_text(out, "state", name_of(store.state));
  out += ',';
  append_count(out, "bytes", store.bytes);
  out += ',';
  append_count(out, "free_bytes", store.free_bytes);
  out += '}';
}

void append_driver(std::string& out, const DriverStatus& driver) {
  out += '{';
  append_text(out, "name", driver.name);
  out += ',';
  append_text(out, "kind", driver.kind);
  out += ',';
  append_text(out, "state", name_of(driver.state));
  out += ',';
  append_text(out, "detail", driver.detail);
  out += ',';
  append_time(out, "last_delivery", driver.last_delivery);
  out += driver.look ? R"(,"look":true,"templates":)" : R"(,"look":false,"templates":)";
  append_list(out, '[', driver.templates, ']', [&out](const TemplateStatus& used) {
    out += '{';
    append_text(out, "name", used.name);
    out += ',';
    append_text(out, "version", used.version);
    if (used.on_disk) {
      out += ',';
      append_text(out, "on_disk", *used.on_disk);
    }
    out += '}';
  });
  out += '}';
}

void append_alert(std::string& out, const AlertStatus& alert) {
  out += '{';
  append_text(out, "kind", alert.kind);
  out += ',';
  append_time(out, "since", alert.since);
  out += ',';
  append_text(out, "detail", alert.detail);
  out += '}';
}

}  // namespace

std::string_view name_of(HubState state) {
  switch (state) {
    case HubState::online:
      return "online";
    case HubState::connecting:
      return "connecting";
    case HubState::offline:
      return "offline";
    case HubState::refused:
      return "refused";
    case HubState::untrusted:
      return "untrusted";
  }
  return "offline";
}

std::string_view name_of(StoreHealth state) {
  switch (state) {
    case StoreHealth::ok:
      return "ok";
    case StoreHealth::low:
      return "low";
    case StoreHealth::full:
      return "full";
    case StoreHealth::read_only:
      return "read_only";
    case StoreHealth::damaged:
      return "damaged";
  }
  return "damaged";
}

std::string_view name_of(DriverState state) {
  switch (state) {
    case DriverState::ok:
      return "ok";
    case DriverState::paused:
      return "paused";
    case DriverState::failing:
      return "failing";
    case DriverState::stopped:
      return "stopped";
  }
  return "stopped";
}

std::string to_json(const AgentStatus& status) {
  std::string out;
  out.reserve(4096);
  out += '{';
  append_text(out, "tenant", status.tenant);
  out += ',';
  append_text(out, "site", status.site);
  out += ',';
  append_text(out, "agent", status.agent);
  out += ',';
  append_text(out, "version", status.version);
  out += ',';
  append_text(out, "epoch", status.epoch);
  out += ',';
  append_text(out, "timezone", status.time_zone);
  out += ',';
  append_count(out, "uptime_s", status.uptime_s);
  out += ',';
  append_hub(out, status.hub);
  out += R"(,"streams":)";
  append_list(out, '{', all_streams, '}',
              [&](Stream stream) { append_stream(out, status_of(status, stream)); });
  out += R"(,"days":)";
  append_list(out, '[', status.days, ']', [&out](const DayStatus& day) { append_day(out, day); });
  out += R"(,"exceptions":{)";
  append_count(out, "open", status.open_exceptions);
  out += R"(,"by_driver":)";
  append_list(out, '[', status.open_by_driver, ']', [&out](const auto& entry) {
    out += '{';
    append_text(out, "driver", entry.first);
    out += ',';
    append_count(out, "open", entry.second);
    out += '}';
  });
  out += "},";
  append_store(out, status.store);
  out += R"(,"drivers":)";
  append_list(out, '[', status.drivers, ']',
              [&out](const DriverStatus& driver) { append_driver(out, driver); });
  out += R"(,"alerts":)";
  append_list(out, '[', status.alerts, ']',
              [&out](const AlertStatus& alert) { append_alert(out, alert); });
  out += '}';
  return out;
}

}  // namespace storeward
