#include "agent/base/log.h"
#include "agent/cli/subcommand.h"
#include "agent/runtime/agent.h"

namespace storeward::cli {

void add_run(CLI::App& app, Chosen& chosen) {
  add(app, chosen, "run", "the agent, in the foreground", Prints::text,
      "  As the service does it:\n    storeward run\n"
      "  With another configuration:\n    storeward run --config ./storeward.toml",
      [](const Options& options) {
        const config::Loaded loaded = load_config(options);
        const config::Log& log = loaded.config.log;
        log::start(log.format == "json" ? log::Format::json : log::Format::text, log.level);
        return static_cast<ExitCode>(run_agent(loaded.config, {.config_file = options.config}));
      });
}

}  // namespace storeward::cli
