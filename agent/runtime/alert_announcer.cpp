#include "agent/runtime/alert_announcer.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "agent/base/assert.h"
#include "agent/base/json_dump.h"
#include "agent/base/log.h"

namespace storeward {
namespace {

constexpr std::string_view key_prefix = "alert.";
constexpr std::size_t most_kinds = 100;
constexpr auto pause_after_refusal = std::chrono::seconds(10);

std::string since_text(const Alert& alert) {
  return std::to_string(alert.since.time_since_epoch().count());
}

SourceCursor cursor_of(const Alert& alert, bool raised) {
  return {.driver = own_source,
          .key = std::string(key_prefix) + alert.kind,
          .value = since_text(alert),
          .gone = !raised};
}

Alert alert_in(const SourceCursor& cursor) {
  Millis::rep since = 0;
  std::from_chars(cursor.value.data(), cursor.value.data() + cursor.value.size(), since);
  return {.kind = cursor.key.substr(key_prefix.size()),
          .since = WallTime(Millis(since)),
          .detail = "over since the agent was started again"};
}

}  // namespace

AlertAnnouncer::AlertAnnouncer(Parts parts)
    : parts_(std::move(parts)), begun_(parts_.clock.now()) {}

void AlertAnnouncer::look() {
  if (busy_ || parts_.clock.now() < not_before_) return;
  if (told_) {
    tell();
  } else {
    recall();
  }
}

void AlertAnnouncer::recall() {
  const auto answered = [this](const Result<std::vector<SourceCursor>>& cursors) {
    busy_ = false;
    if (cursors) return take_over(*cursors);
    log::warn("alerts are not told to the hub: {}", cursors.error().message);
    not_before_ = parts_.clock.now() + pause_after_refusal;
  };
  busy_ = parts_.cursors.list(own_source, std::string(key_prefix), most_kinds, answered);
}

void AlertAnnouncer::take_over(const std::vector<SourceCursor>& cursors) {
  told_.emplace();
  for (const SourceCursor& cursor : cursors) {
    if (!cursor.key.starts_with(key_prefix)) break;  // they come in the order of their keys
    const Alert alert = alert_in(cursor);
    told_->try_emplace(alert.kind, Told{.alert = alert});
  }
}

void AlertAnnouncer::tell() {
  const Instant now = parts_.clock.now();
  std::vector<Alert> raised, over;
  std::set<std::string> standing;
  for (const Alert& alert : parts_.board.open()) {
    standing.insert(alert.kind);
    if (const auto told = told_->find(alert.kind); told != told_->end()) {
      told->second.found_here = true;
      told->second.alert.detail = alert.detail;
      continue;
    }
    const auto last = last_raise_.find(alert.kind);
    if (last == last_raise_.end() || now - last->second >= tell_interval) raised.push_back(alert);
  }
  for (const auto& [kind, told] : *told_) {
    const bool may_be_found_yet = !told.found_here && now - begun_ < found_again_within;
    if (!standing.contains(kind) && !may_be_found_yet) over.push_back(told.alert);
  }
  if (raised.empty() && over.empty()) return;

  Delivery delivery;
  for (const Alert& alert : raised) say(alert, true, delivery);
  for (const Alert& alert : over) say(alert, false, delivery);
  busy_ = parts_.submit(std::move(delivery), [this, now, raised, over](const SubmitResult& result) {
    busy_ = false;
    if (!result || refusal_in(*result)) {  // the status shows them all the same
      not_before_ = parts_.clock.now() + pause_after_refusal;
      return;
    }
    for (const Alert& alert : raised) {
      told_->insert_or_assign(alert.kind, Told{.alert = alert, .found_here = true});
      last_raise_[alert.kind] = now;
    }
    for (const Alert& alert : over) told_->erase(alert.kind);
  });
}

void AlertAnnouncer::say(const Alert& alert, bool raised, Delivery& delivery) const {
  const nlohmann::json event = {
      {"specversion", "1.0"},
      {"id", alert.kind + "-" + since_text(alert) + (raised ? "-raised" : "-cleared")},
      {"source", own_source},
      {"type", raised ? "agent.alert.raised.v1" : "agent.alert.cleared.v1"},
      {"time", to_rfc3339(parts_.clock.wall())},
      {"data", {{"kind", alert.kind}, {"detail", alert.detail}}}};
  auto items = admit(dumped(event), Framing::single,
                     {.name = std::string(own_source), .sources = {}}, parts_.admission);
  ASSERT(items);
  std::ranges::move(*items, std::back_inserter(delivery.items));
  delivery.cursors.push_back(cursor_of(alert, raised));
}

}  // namespace storeward
