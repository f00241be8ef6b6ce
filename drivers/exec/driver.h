// The driver `exec`: a program of somebody else, in whatever language, that hands in over its
// standard output and hears the answers on its standard input (protocol.h, docs/drivers/exec.md).
// The kinds `sql` and `mqtt` are programs of ours that run under it.
//
// io thread; whatever the program does costs it its life and never the agent's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/process/child_process.h"
#include "drivers/driver.h"

namespace storeward::exec {

struct ExecOptions {
  std::string driver;  // its name
  // file, arguments, environment and limits
  ChildProgram program;
  std::shared_ptr<const ProgramFile> file;  // where it is one of ours: keeps it open
  std::vector<std::string> settings;        // name=value, for the program alone
  std::size_t max_line_bytes = 256 * 1024;
  Millis silence_timeout{0};  // a program that prints nothing for so long hangs; 0: it may
  Millis restart_most{300'000};
  Millis again{60'000};  // from an orderly end to the next start
};

// What a partner's program finds in its environment beside what is configured.
std::vector<std::string> bare_environment();

std::unique_ptr<Driver> make_exec(ExecOptions options, std::shared_ptr<const FeedPlan> plan,
                                  const DriverHost& host);

}  // namespace storeward::exec
