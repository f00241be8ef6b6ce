// From the configuration to the options of each part. Pure but for the password's file.
#pragma once

#include <string>
#include <vector>

#include "agent/core/admission.h"
#include "agent/core/forwarder.h"
#include "agent/http/auth.h"
#include "agent/http/server.h"
#include "agent/link/mqtt_options.h"
#include "config/config.h"
#include "store/outbox.h"

namespace storeward {

// The first line of a file that holds a secret; empty where there is none.
std::string secret_in(const std::filesystem::path& file);

// {prefix}/{tenant}/{site}/{agent}: the agent's topics begin with it.
std::string topic_root(const config::Config& config);

// What the broker publishes on {root}/state when the agent is gone.
std::string last_will(const Epoch& epoch);

AdmissionOptions admission_options(const config::Config& config, const TimeZone& zone);
store::OutboxOptions outbox_options(const config::Config& config);
ForwarderOptions forwarder_options(const config::Config& config, WallTime now);
MqttOptions mqtt_options(const config::Config& config, const Epoch& epoch);
http::HttpServerOptions intake_server_options(const config::Config& config);
std::vector<http::Client> intake_clients(const config::Config& config);

}  // namespace storeward
