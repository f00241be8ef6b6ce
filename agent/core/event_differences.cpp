#include "agent/core/event_differences.h"

#include "agent/core/exception_text.h"
#include "agent/core/json_nesting.h"
#include "agent/core/json_tree.h"

namespace storeward {
namespace {

using nlohmann::json;

class Comparison {
 public:
  void compare(const json& earlier, const json& later, const std::string& field) {
    if (earlier == later) return;
    if (earlier.is_object() && later.is_object()) return members(earlier, later, field);
    if (earlier.is_array() && later.is_array()) return elements(earlier, later, field);
    note({field, earlier, later});
  }

  EventDifferences take() { return std::move(found_); }

 private:
  void note(FieldDifference difference) {
    if (found_.fields.size() == EventDifferences::most) {
      found_.more = true;
    } else {
      found_.fields.push_back(std::move(difference));
    }
  }

  void members(const json& earlier, const json& later, const std::string& field) {
    const auto path = [&field](const std::string& name) {
      return field.empty() ? name : field + "." + name;
    };
    for (const auto& [name, value] : earlier.items()) {
      const auto other = later.find(name);
      if (other == later.end()) {
        note({path(name), value, std::nullopt});
      } else {
        compare(value, *other, path(name));
      }
    }
    for (const auto& [name, value] : later.items()) {
      if (!earlier.contains(name)) note({path(name), std::nullopt, value});
    }
  }

  void elements(const json& earlier, const json& later, const std::string& field) {
    const std::size_t both = std::min(earlier.size(), later.size());
    const auto path = [&field](std::size_t at) { return field + "[" + std::to_string(at) + "]"; };
    for (std::size_t i = 0; i < both; ++i) compare(earlier[i], later[i], path(i));
    for (std::size_t i = both; i < earlier.size(); ++i) note({path(i), earlier[i], std::nullopt});
    for (std::size_t i = both; i < later.size(); ++i) note({path(i), std::nullopt, later[i]});
  }

  EventDifferences found_;
};

// What happened; null where the text is no event.
json content_of(std::string_view text) {
  if (nests_deeper_than(text, max_json_depth)) return {};
  json event = json::parse(submitted_form(text), nullptr, false);
  if (!event.is_object() || !event.contains("data") || !event["data"].is_object()) return {};
  event.erase("traceparent");
  event["data"].erase("origin");
  return event;
}

EventDifferences compared(const json& earlier, const json& later) {
  Comparison comparison;
  comparison.compare(earlier, later, "");
  return comparison.take();
}

}  // namespace

std::optional<EventDifferences> event_differences(std::string_view earlier,
                                                  std::string_view later) {
  const json one = content_of(earlier), other = content_of(later);
  if (one.is_null() || other.is_null()) return std::nullopt;
  json plain = one, plain_other = other;
  plain["data"].erase("quality");
  plain_other["data"].erase("quality");
  auto differences = compared(plain, plain_other);
  return differences.fields.empty() ? compared(one, other) : std::move(differences);
}

}  // namespace storeward
