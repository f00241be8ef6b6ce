// The line a client of the control socket has written, read, and that it cannot be done. Pure.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/core/hub_protocol.h"

namespace storeward {

// Which request it is: empty where it names none. An error where the line is no JSON object.
Result<std::string> request_name(std::string_view line);

// What is answered where it cannot be done.
std::string error_answer(std::string_view reason);

// Of a line that request_name() has read. `current` is the epoch meant where it names none.
Result<ReplayCommand> replay_command(std::string_view line, const Epoch& current);

}  // namespace storeward
