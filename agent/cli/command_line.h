// The command line: CONTRACT section 7. Blocking, one subcommand a process.
#pragma once

namespace storeward::cli {

// The process's exit code (exit_code.h).
int run_command_line(int argc, char** argv);

}  // namespace storeward::cli
