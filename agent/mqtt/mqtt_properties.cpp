#include "agent/mqtt/mqtt_properties.h"

#include <utility>

namespace storeward {

mqtt::properties properties_of(const OutgoingMessage& message) {
  mqtt::properties properties;
  if (!message.content_type.empty()) {
    properties.add({mqtt::property::CONTENT_TYPE, message.content_type});
  }
  if (!message.correlation_data.empty()) {
    properties.add({mqtt::property::CORRELATION_DATA, message.correlation_data});
  }
  const std::pair<const char*, const std::string&> users[] = {{"epoch", message.epoch},
                                                              {"first", message.first},
                                                              {"last", message.last},
                                                              {"codec", message.codec}};
  for (const auto& [name, value] : users) {
    if (!value.empty()) properties.add({mqtt::property::USER_PROPERTY, name, value});
  }
  return properties;
}

std::string text_property(const mqtt::properties& properties, mqtt::property::code code) {
  if (!properties.contains(code)) return {};
  return mqtt::get<std::string>(properties, code);
}

LinkLimits limits_in(const mqtt::properties& connack) {
  LinkLimits limits;
  if (connack.contains(mqtt::property::RECEIVE_MAXIMUM)) {
    limits.receive_maximum = mqtt::get<std::uint16_t>(connack, mqtt::property::RECEIVE_MAXIMUM);
  }
  if (connack.contains(mqtt::property::MAXIMUM_PACKET_SIZE)) {
    limits.maximum_packet_size =
        mqtt::get<std::uint32_t>(connack, mqtt::property::MAXIMUM_PACKET_SIZE);
  }
  return limits;
}

}  // namespace storeward
