// Exit codes of every subcommand: CONTRACT section 7; 70 and up follow sysexits(3).
#pragma once

namespace storeward::cli {

enum ExitCode : int {
  fine = 0,
  answer_is_no = 1,
  usage = 2,
  no_agent = 3,
  bug = 70,
  storage_error = 74,
  bad_configuration = 78,
};

// Ends a subcommand; what is to be said has been said.
struct Exit {
  ExitCode code;
};

}  // namespace storeward::cli
