#include "agent/cli/template_comparison.h"

#include <set>

#include "agent/base/assert.h"
#include "agent/core/currency.h"

namespace storeward::cli {
namespace {

using nlohmann::json;

constexpr std::size_t most_examples = 20;
constexpr std::size_t most_fields = 10;
constexpr std::size_t most_reasons = 5;

json document(const TriedEvent& event) {
  json made = json::parse(event.json, nullptr, false);
  if (made.is_object() && made.contains("data")) {
    // Which template, and which bytes it read, is no difference in what is said.
    for (const auto* name : {"template", "templateVersion", "extends"})
      made["data"]["origin"].erase(name);
  }
  return made;
}

// What an event is worth: its gross total, or its amount or net.
void add_money(const json& event, const std::string& type,
               std::map<std::string, std::int64_t>& money) {
  const json& data = event.value("data", json::object());
  for (const auto* path : {"/totals/gross", "/gross", "/amount", "/net", "/extended"}) {
    const json::json_pointer pointer(path);
    if (!data.contains(pointer)) continue;
    const json& found = data.at(pointer);
    if (!found.is_object() || !found.contains("amountMinor")) continue;
    money[type + " " + found.value("currency", "")] += found["amountMinor"].get<std::int64_t>();
    return;
  }
}

std::vector<std::string> differing(const json& before, const json& after) {
  std::set<std::string> paths;
  for (const json& step : json::diff(before, after)) paths.insert(step["path"].get<std::string>());
  std::vector<std::string> first(paths.begin(), paths.end());
  if (first.size() > most_fields) first.resize(most_fields);
  return first;
}

}  // namespace

void TemplateComparison::compare(const TriedEvent* before, const TriedEvent* after) {
  ASSERT(before != nullptr || after != nullptr);
  const json one = before != nullptr ? document(*before) : json();
  const json other = after != nullptr ? document(*after) : json();
  if (before != nullptr) add_money(one, before->type, now_.money);
  if (after != nullptr) add_money(other, after->type, then_.money);
  if (one == other) return;
  const TriedEvent& named = after != nullptr ? *after : *before;
  const bool changed = before != nullptr && after != nullptr;
  ++(changed ? changed_ : after != nullptr ? added_ : removed_);
  if (examples_.size() == most_examples) return;
  examples_.push_back({changed            ? "changed"
                       : after != nullptr ? "added"
                                          : "removed",
                       named.id, named.type,
                       changed ? differing(one, other) : std::vector<std::string>{}});
}

Result<void> TemplateComparison::add(const std::filesystem::path& file, const TemplateTrial& now,
                                     const TemplateTrial& then, const mapping::Given& given) {
  // One file at a time, so that memory is that of its events.
  std::map<std::string, TriedEvent> before;
  std::vector<TriedEvent> after;
  const auto note_reasons = [](const TriedRecord& record, Side& side) {
    for (const std::string& reason : record.exceptions) {
      if (side.reasons.size() < most_reasons) side.reasons.push_back(reason);
    }
  };
  const auto keep = [&](const TriedRecord& record) {
    for (const TriedEvent& event : record.events) before.insert_or_assign(event.id, event);
    note_reasons(record, now_);
    return true;
  };
  const auto old = now.run(file, keep, given, now_.known);
  if (!old) return Unexpected{old.error()};
  const auto match = [&](const TriedRecord& record) {
    for (const TriedEvent& event : record.events) {
      const auto at = before.find(event.id);
      compare(at != before.end() ? &at->second : nullptr, &event);
      if (at != before.end()) before.erase(at);
    }
    note_reasons(record, then_);
    return true;
  };
  const auto fresh = then.run(file, match, given, then_.known);
  if (!fresh) return Unexpected{fresh.error()};
  for (const auto& [id, event] : before) compare(&event, nullptr);
  for (const auto& [totals, side] : {std::pair{&*old, &now_}, {&*fresh, &then_}}) {
    side->events += totals->events;
    side->exceptions += totals->exceptions;
    side->ignored += totals->ignored;
    side->duplicates += totals->duplicates;
    side->conflicts += totals->conflicts;
  }
  return {};
}

bool TemplateComparison::same() const {
  return added_ + removed_ + changed_ == 0 && now_.exceptions == then_.exceptions &&
         now_.ignored == then_.ignored && now_.duplicates == then_.duplicates &&
         now_.conflicts == then_.conflicts;
}

json TemplateComparison::to_json() const {
  const auto side = [](const Side& of) {
    return json{{"events", of.events},       {"exceptions", of.exceptions},
                {"ignored", of.ignored},     {"duplicates", of.duplicates},
                {"conflicts", of.conflicts}, {"amountMinor", of.money},
                {"reasons", of.reasons}};
  };
  json examples = json::array();
  for (const Change& change : examples_) {
    examples.push_back({{"what", change.what},
                        {"id", change.id},
                        {"type", change.type},
                        {"fields", change.fields}});
  }
  return {{"now", side(now_)},   {"then", side(then_)}, {"added", added_},
          {"removed", removed_}, {"changed", changed_}, {"examples", examples}};
}

std::string TemplateComparison::to_text() const {
  const auto row = [](const std::string& name, std::uint64_t before, std::uint64_t after) {
    return name + ": " + std::to_string(before) +
           (before == after ? "" : " -> " + std::to_string(after)) + "\n";
  };
  std::string text = row("events", now_.events, then_.events) +
                     row("exceptions", now_.exceptions, then_.exceptions) +
                     row("ignored", now_.ignored, then_.ignored);
  if (now_.duplicates + then_.duplicates != 0) {
    text += row("duplicates, counted once", now_.duplicates, then_.duplicates);
  }
  if (now_.conflicts + then_.conflicts != 0) {
    text += row("conflicts among the exceptions, their money not counted", now_.conflicts,
                then_.conflicts);
  }
  std::set<std::string> names;
  for (const Side* side : {&now_, &then_}) {
    for (const auto& [name, amount] : side->money) names.insert(name);
  }
  const auto amount = [](const Side& side, const std::string& name) {
    const auto at = side.money.find(name);
    return amount_text(at != side.money.end() ? at->second : 0, name.substr(name.size() - 3));
  };
  for (const std::string& name : names) {
    const std::string before = amount(now_, name), after = amount(then_, name);
    text += name + ": " + before + (before == after ? "" : " -> " + after) + "\n";
  }
  text += std::to_string(added_) + " added, " + std::to_string(removed_) + " removed, " +
          std::to_string(changed_) + " changed";
  for (const Change& change : examples_) {
    text += "\n  " + change.what + " " + change.type + " " + change.id;
    for (const std::string& field : change.fields) text += " " + field;
  }
  // Where both have the same they are told once.
  for (const std::string& reason : now_.reasons) text += "\n  exception now: " + reason;
  if (then_.reasons == now_.reasons) return text;
  for (const std::string& reason : then_.reasons) text += "\n  exception then: " + reason;
  return text;
}

}  // namespace storeward::cli
