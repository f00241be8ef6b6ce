// What the subcommands share: their options, the configuration, and how they get an answer. Each
// file
// *_command.cpp adds one subcommand; its action returns or throws Exit.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "agent/cli/exit_code.h"
#include "config/load.h"

namespace storeward::cli {

struct Options {
  std::string config = "/etc/storeward/storeward.toml";
  bool json = false;
};

using Action = std::function<ExitCode(const Options&)>;

// Where an action is noted while the arguments are read; run after that.
struct Chosen {
  std::shared_ptr<Options> options = std::make_shared<Options>();
  Action action;
};

// Adds a subcommand with --config (and --json where it prints facts), examples below its help.
enum class Prints { text, facts };
CLI::App* add(CLI::App& parent, Chosen& chosen, const char* name, const char* purpose,
              Prints prints, const char* examples, Action action);

void add_run(CLI::App& app, Chosen& chosen);
void add_config(CLI::App& app, Chosen& chosen);
void add_status(CLI::App& app, Chosen& chosen);
void add_outbox(CLI::App& app, Chosen& chosen);
void add_exceptions(CLI::App& app, Chosen& chosen);
void add_trace(CLI::App& app, Chosen& chosen);
void add_verify(CLI::App& app, Chosen& chosen);

// Exit 78 with every mistake's place if it cannot be used.
config::Loaded load_config(const Options& options);

// Asks the running agent; exit 3 if there is none.
nlohmann::json ask(const Options& options, const nlohmann::json& request);

// The same where the store can answer alone: without an agent the directory is read under its lock;
// exit 74 if that cannot be done.
nlohmann::json ask_agent_or_store(const Options& options, const nlohmann::json& request);

// What somebody else wrote, safe for a terminal: control characters (C0, DEL, C1) become "?".
std::string printable(std::string text);

// Prints {"error":…} and exits 1 (74 where the store cannot be read), or prints the document for
// --json and returns true.
bool printed_as_json(const Options& options, const nlohmann::json& answer);

}  // namespace storeward::cli
