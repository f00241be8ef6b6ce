// argv -> subcommand, nothing else.
#include <cstdio>
#include <string_view>

#include "agent/base/log.h"
#include "agent/runtime/agent.h"
#include "config/load.h"

int main(int argc, char** argv) {
  if (argc != 4 || std::string_view(argv[1]) != "run") return 2;
  const auto config = storeward::config::load(argv[3]);
  if (!config) {
    std::fputs(storeward::config::to_text(config.error()).c_str(), stderr);
    return 78;
  }
  storeward::log::start(storeward::log::Format::text, config->log.level);
  return storeward::run_agent(*config, {argv[3]});
}
