#include <malloc.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>

#include "agent/base/log.h"
#include "agent/cli/subcommand.h"
#include "agent/core/json_text.h"
#include "agent/runtime/agent.h"

namespace storeward::cli {
namespace {

// glibc gives each thread a heap of its own and keeps what was once used in each: with a handful of
// threads that is a third of the agent's memory. Two heaps are as quick. And it learns to keep
// large blocks, too, until they stand in each other's way: twice the memory of the filters that
// know repeats.
void keep_heap_small() {
  ::mallopt(M_ARENA_MAX, 2);
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 2 << 20);
}

// A core would hold what was handed in from before it was masked.
void leave_no_core() {
  rlimit limit{};
  ::getrlimit(RLIMIT_CORE, &limit);
  limit.rlim_cur = 0;
  ::setrlimit(RLIMIT_CORE, &limit);
}

}  // namespace

void add_run(CLI::App& app, Chosen& chosen) {
  add(app, chosen, "run", "the agent, in the foreground", Prints::text,
      "  As the service does it:\n    storeward run\n"
      "  With another configuration:\n    storeward run --config ./storeward.toml",
      [](const Options& options) {
        keep_heap_small();
        leave_no_core();
        std::signal(SIGPIPE, SIG_IGN);  // whoever reads the log may leave
        const config::Loaded loaded = load_config(options);
        const auto missing = config::missing_credentials(loaded);
        if (!missing.empty()) {
          std::fputs(config::to_text(config::ConfigErrors{missing}).c_str(), stderr);
          return bad_configuration;
        }
        const config::Log& log = loaded.config.log;
        log::start(log.format == "json" ? log::Format::json : log::Format::text, log.level,
                   json_text::append_string);
        return static_cast<ExitCode>(run_agent(loaded.config, {.config_file = options.config}));
      });
}

}  // namespace storeward::cli
