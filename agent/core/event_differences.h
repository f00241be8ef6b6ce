// What differs between two versions of an event, field by field, for a person. Pure.
#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace storeward {

struct FieldDifference {
  std::string field;                             // as in reasons: "data.lines[2].quantity.unit"
  std::optional<nlohmann::json> earlier, later;  // none: the field is not there
};

struct EventDifferences {
  static constexpr std::size_t most = 100;

  std::vector<FieldDifference> fields;
  bool more = false;  // than are listed
};

// Both as published or as submitted. What says how an event was read or sent (`data.origin`,
// `sequence`, `traceparent` …) is no difference; nor is `data.quality`, unless nothing else
// differs: the agent adds flags. Nothing where one of them cannot be read as an event.
std::optional<EventDifferences> event_differences(std::string_view earlier, std::string_view later);

}  // namespace storeward
