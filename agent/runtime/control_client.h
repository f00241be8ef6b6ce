// The command line's end of the control socket. Blocking; not for the daemon.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "agent/base/result.h"

namespace storeward {

// Nobody answers: no agent runs, or this user may not ask it.
struct NoAgent {
  std::string reason;
};

// One request (a JSON object on one line), one answer (a JSON document). timeout covers the whole.
Result<std::string, NoAgent> ask_agent(const std::filesystem::path& socket,
                                       std::string_view request, std::chrono::seconds timeout);

}  // namespace storeward
