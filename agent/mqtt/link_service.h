// LinkService: the other end of agent/link/link_process: does what the agent's frames say with an
// MqttHubLink, and reports. All of the process storeward-link but its limits.
//
// Owned by the process's main thread, which runs its io_context. What the broker sends and the
// agent does not take is dropped beyond a bound, as MqttHubLink does: the hub's next ack supersedes
// it.
#pragma once

namespace storeward {

// Until the agent closes the line or ends; the exit code (agent/link/link_program.h).
int serve_link(int descriptor);

}  // namespace storeward
