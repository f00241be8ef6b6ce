// What the subcommands share: their options, the configuration, and how they get an answer. Each
// file
// *_command.cpp adds one subcommand; its action returns an exit code, throws Exit, or throws a
// CLI::ParseError for usage that only the whole command line shows to be wrong.
#pragma once

#include <CLI/CLI.hpp>

#include <chrono>
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

// --config FILE, before or after the subcommand; where it stands twice, the later wins.
void add_config_option(CLI::App& command, Options& options);

// Adds a subcommand with --config (and --json where it prints facts), examples below its help.
enum class Prints { text, facts };
CLI::App* add(CLI::App& parent, Chosen& chosen, const char* name, const char* purpose,
              Prints prints, const char* examples, Action action);

// A subcommand that only holds others.
CLI::App* add_group(CLI::App& parent, Chosen& chosen, const char* name, const char* purpose);

// Of an option that is a number of an exception, an event or an entry.
CLI::Validator is_number();

// --stream, one of those there are.
CLI::Option* add_stream_option(CLI::App& command, std::string& stream, const char* purpose);

void add_run(CLI::App& app, Chosen& chosen);
void add_config(CLI::App& app, Chosen& chosen);
void add_status(CLI::App& app, Chosen& chosen);
void add_outbox(CLI::App& app, Chosen& chosen);
void add_exceptions(CLI::App& app, Chosen& chosen);
void add_drivers(CLI::App& app, Chosen& chosen);
void add_audit(CLI::App& app, Chosen& chosen);
void add_trace(CLI::App& app, Chosen& chosen);
void add_verify(CLI::App& app, Chosen& chosen);
void add_template(CLI::App& app, Chosen& chosen);

// Exit 78 with every mistake's place if it cannot be used.
config::Loaded load_config(const Options& options);

// How long to wait for the agent's answer.
namespace patience {
inline constexpr std::chrono::seconds status{5};    // answered from memory
inline constexpr std::chrono::seconds lookup{30};   // reads the outbox
inline constexpr std::chrono::seconds verify{600};  // reads all of it
}  // namespace patience

// Asks the running agent; exit 3 if none answers.
nlohmann::json ask(const Options& options, const nlohmann::json& request,
                   std::chrono::seconds patience);

// The same where the store can answer alone: without an agent the directory is read under its lock.
// Exit 74 if that cannot be done, 3 if there is no outbox yet or an agent runs and does not answer.
nlohmann::json ask_agent_or_store(const Options& options, const nlohmann::json& request,
                                  std::chrono::seconds patience);

// Prints {"error":…} and exits 1 (74 where the store cannot be read), or prints the document for
// --json and returns true.
bool printed_as_json(const Options& options, const nlohmann::json& answer);

// An event's place in its stream: "number 12", or that it has none yet.
std::string number_in_words(const nlohmann::json& event);

// What to do about a damaged outbox.
inline constexpr const char* after_damage =
    "Leave the directory as it is. At its next start the agent sets the damaged files aside, "
    "saves\n"
    "what is whole and says what was lost; a running agent does that by itself within seconds.\n"
    "Next: systemctl restart storeward, then storeward status.";

}  // namespace storeward::cli
