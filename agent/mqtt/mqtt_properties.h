// MQTT 5 properties: of what we publish, and of what arrives. Used by mqtt_hub_link.cpp alone.
#pragma once

#include <mqtt/properties.h>

#include <string>

#include "agent/core/hub_link.h"

namespace storeward {

mqtt::properties properties_of(const OutgoingMessage& message);

// Empty where the property is not there.
std::string text_property(const mqtt::properties& properties, mqtt::property::code code);

// What the broker's CONNACK allows; the defaults of MQTT 5 where it says nothing.
LinkLimits limits_in(const mqtt::properties& connack);

}  // namespace storeward
