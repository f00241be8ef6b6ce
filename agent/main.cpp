// argv -> subcommand, nothing else.
#include "agent/cli/command_line.h"

int main(int argc, char** argv) {
  return storeward::cli::run_command_line(argc, argv);
}
