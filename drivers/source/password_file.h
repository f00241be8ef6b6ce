// The first line of a file that holds a password, for a program that the driver `exec` has started.
#pragma once

#include <optional>
#include <string>

#include "agent/base/result.h"
#include "drivers/source/agent_pipe.h"

namespace storeward::source {

// Empty where no file is named. Fails where there is one and it gives no password: to go on without
// would be told as a wrong password.
Result<std::string> password_in(const std::string& file);

// Of the setting `password_file`. Says what keeps it from the file and tries again; none: the agent
// has gone.
std::optional<std::string> password_when_readable(const Hello& hello, AgentPipe& pipe);

}  // namespace storeward::source
