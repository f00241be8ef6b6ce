// The command line's end of the control socket. Blocking; not for the daemon.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "agent/base/result.h"

namespace storeward {

// No answer: no agent runs, this user may not ask it, or it says nothing in time.
struct NoAgent {
  std::string reason;
  bool runs = false;  // somebody holds the socket
};

// One request (a JSON object on one line), one answer (a JSON document). timeout covers the whole
// exchange.
Result<std::string, NoAgent> ask_agent(const std::filesystem::path& socket,
                                       std::string_view request, std::chrono::seconds timeout);

}  // namespace storeward
