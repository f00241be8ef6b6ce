// Which machine this is.
#pragma once

#include <string>

namespace storeward {

// The machine id of systemd (machine-id(5)); empty where there is none. A clone that kept it is
// noticed by other means (the outbox file's own identity, the hub's ack).
std::string machine_id();

}  // namespace storeward
