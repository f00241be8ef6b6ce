#include <algorithm>
#include <array>
#include <map>

#include "agent/core/json_text.h"
#include "agent/core/status.h"

namespace storeward {
namespace {

// One metric family at a time: its head, then a line per sample.
class Exposition {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += "# HELP ";
    text_ += name;
    text_ += ' ';
    text_ += help;
    text_ += "\n# TYPE ";
    text_ += name;
    text_ += ' ';
    text_ += type;
    text_ += '\n';
  }

  Exposition& sample() {
    text_ += name_;
    labels_ = 0;
    return *this;
  }

  Exposition& label(std::string_view name, std::string_view value) {
    text_ += labels_++ == 0 ? '{' : ',';
    text_ += name;
    text_ += "=\"";
    for (const char c : value) {
      if (c == '\n') {
        text_ += "\\n";
        continue;
      }
      if (c == '"' || c == '\\') text_ += '\\';
      text_ += c;
    }
    text_ += '"';
    return *this;
  }

  template <typename Integer>
  void value(Integer number) {
    if (labels_ != 0) text_ += '}';
    text_ += ' ';
    json_text::append_number(text_, number);
    text_ += '\n';
  }

  void seconds(Millis duration) {
    if (labels_ != 0) text_ += '}';
    text_ += ' ';
    json_text::append_number(text_, static_cast<std::int64_t>(duration.count() / 1000));
    const auto millis = static_cast<unsigned>(duration.count() % 1000);
    text_ += '.';
    text_ += static_cast<char>('0' + millis / 100);
    text_ += static_cast<char>('0' + millis / 10 % 10);
    text_ += static_cast<char>('0' + millis % 10);
    text_ += '\n';
  }

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::string_view name_;
  int labels_ = 0;
};

// One sample per possible state: 1 for the present one (the usual form of an enumeration).
template <typename State, std::size_t count>
void states(Exposition& out, std::string_view name, std::string_view help,
            const std::array<State, count>& possible, State present) {
  out.family(name, "gauge", help);
  for (const State state : possible) {
    out.sample().label("state", name_of(state)).value(std::uint64_t{state == present});
  }
}

void stream_metrics(Exposition& out, const AgentStatus& status) {
  struct Counter {
    std::string_view name, help;
    std::uint64_t StreamStatus::*member;
  };
  static constexpr Counter counters[] = {
      {"storeward_stream_last", "Highest sequence stored in the current epoch.",
       &StreamStatus::last},
      {"storeward_stream_published", "Highest sequence the broker has taken.",
       &StreamStatus::published},
      {"storeward_stream_confirmed", "Highest sequence the hub has confirmed.",
       &StreamStatus::confirmed},
      {"storeward_stream_waiting", "Events accepted and not yet confirmed.",
       &StreamStatus::waiting}};
  for (const Counter& counter : counters) {
    out.family(counter.name, "gauge", counter.help);
    for (const StreamStatus& stream : status.streams) {
      out.sample().label("stream", name_of(stream.stream)).value(stream.*counter.member);
    }
  }
  out.family("storeward_stream_oldest_waiting_seconds", "gauge",
             "Age of the oldest event not yet confirmed, 0 when none waits.");
  for (const StreamStatus& stream : status.streams) {
    out.sample()
        .label("stream", name_of(stream.stream))
        .seconds(std::max(Millis{0}, stream.oldest_waiting.value_or(Millis{0})));
  }
}

void day_metrics(Exposition& out, const AgentStatus& status) {
  const auto labelled = [&out](const DayStatus& day) -> Exposition& {
    out.sample().label("business_date", day.business_date).label("register", day.register_id);
    return day.site_id.empty() ? out : out.label("site", day.site_id);
  };
  out.family("storeward_day_sales", "gauge", "Sales of a business day by register.");
  for (const DayStatus& day : status.days) labelled(day).value(day.sales);
  out.family("storeward_day_returns", "gauge", "Returns of a business day by register.");
  for (const DayStatus& day : status.days) labelled(day).value(day.returns);
  out.family("storeward_day_gross_minor", "gauge",
             "Sales minus returns of a business day by register, in minor units.");
  for (const DayStatus& day : status.days) {
    for (const MoneyTotal& money : day.gross) {
      labelled(day).label("currency", money.currency).value(money.amount_minor);
    }
  }
}

void driver_and_alert_metrics(Exposition& out, const AgentStatus& status) {
  out.family("storeward_driver_ok", "gauge", "1 while the driver works, 0 otherwise.");
  for (const DriverStatus& driver : status.drivers) {
    out.sample()
        .label("driver", driver.name)
        .label("kind", driver.kind)
        .value(std::uint64_t{driver.state == DriverState::ok});
  }
  out.family("storeward_driver_look", "gauge",
             "1 while something of the driver's source waits for a person, 0 otherwise.");
  for (const DriverStatus& driver : status.drivers) {
    out.sample()
        .label("driver", driver.name)
        .label("kind", driver.kind)
        .value(std::uint64_t{driver.look});
  }
  std::map<std::string_view, std::uint64_t> standing;
  for (const AlertStatus& alert : status.alerts) ++standing[alert.kind];
  out.family("storeward_alerts", "gauge", "Alerts that stand, by kind.");
  for (const auto& [kind, count] : standing) out.sample().label("kind", kind).value(count);
}

std::vector<StreamStatus> all_listed(const AgentStatus& status) {
  std::vector<StreamStatus> listed;
  for (const Stream stream : all_streams) {
    StreamStatus& entry = listed.emplace_back();
    entry.stream = stream;
    for (const StreamStatus& known : status.streams) {
      if (known.stream == stream) entry = known;
    }
  }
  return listed;
}

}  // namespace

std::string to_prometheus(const AgentStatus& given) {
  AgentStatus status = given;
  status.streams = all_listed(given);
  Exposition out;
  out.family("storeward_info", "gauge", "Always 1; the labels say who this is.");
  out.sample()
      .label("tenant", status.tenant)
      .label("site", status.site)
      .label("agent", status.agent)
      .label("version", status.version)
      .label("epoch", status.epoch)
      .value(std::uint64_t{1});
  out.family("storeward_uptime_seconds", "gauge", "Since the process started.");
  out.sample().value(status.uptime_s);
  states(out, "storeward_hub_state", "The connection to the hub.",
         std::array{HubState::online, HubState::connecting, HubState::offline, HubState::refused,
                    HubState::untrusted},
         status.hub.state);
  if (status.hub.last_confirmation) {
    out.family("storeward_hub_last_confirmation_timestamp_seconds", "gauge",
               "When the hub last confirmed something.");
    out.sample().seconds(status.hub.last_confirmation->time_since_epoch());
  }
  stream_metrics(out, status);
  day_metrics(out, status);
  out.family("storeward_exceptions_open", "gauge", "Deliveries kept for a person to look at.");
  out.sample().value(status.open_exceptions);
  out.family("storeward_driver_exceptions_open", "gauge",
             "The same by driver; driver \"\" stands for POST /v1/events.");
  for (const auto& [driver, open] : status.open_by_driver) {
    out.sample().label("driver", driver).value(open);
  }
  states(out, "storeward_store_state", "The state of the outbox.",
         std::array{StoreHealth::ok, StoreHealth::low, StoreHealth::full, StoreHealth::read_only,
                    StoreHealth::damaged},
         status.store.state);
  out.family("storeward_store_bytes", "gauge", "Size of the outbox.");
  out.sample().value(status.store.bytes);
  out.family("storeward_store_free_bytes", "gauge", "What may still be written.");
  out.sample().value(status.store.free_bytes);
  driver_and_alert_metrics(out, status);
  return out.take();
}

}  // namespace storeward
