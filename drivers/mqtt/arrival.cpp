#include "drivers/mqtt/arrival.h"

#include <algorithm>

#include "agent/core/utf8.h"
#include "drivers/source/agent_pipe.h"

namespace storeward::mqtt_source {
namespace {

constexpr int most_levels = 20;
constexpr std::size_t longest_value = 1024;

}  // namespace

std::string delivery_line(const Arrival& arrival, std::uint64_t number) {
  const std::string topic(utf8_prefix(arrival.topic, longest_value));
  std::map<std::string, std::string, std::less<>> values{
      {"topic", topic}, {"retained", arrival.retained ? "true" : "false"}};
  std::string_view rest = topic;
  for (int level = 1; level <= most_levels; ++level) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    values.emplace("topic." + std::to_string(level), rest.substr(0, end));
    if (end == rest.size()) break;
    rest.remove_prefix(end + 1);
  }
  source::DeliveryLine line("message " + std::to_string(number));
  line.text("file", topic);
  line.values(values);
  line.body(arrival.payload);
  return std::move(line).line();
}

}  // namespace storeward::mqtt_source
