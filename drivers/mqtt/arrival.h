// What a local broker brings, and how it becomes a delivery. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace storeward::mqtt_source {

struct Arrival {
  std::string topic, payload;
  bool retained = false;
};

// The line for the agent: the payload as it is; the topic, and each of its levels by its number
// (topic.1, topic.2 … at most 20), as values for the template.
std::string delivery_line(const Arrival& arrival, std::uint64_t number);

}  // namespace storeward::mqtt_source
