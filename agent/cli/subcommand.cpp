#include "agent/cli/subcommand.h"

#include <unistd.h>

#include <cstdio>

#include "agent/base/ascii.h"
#include "agent/base/json_dump.h"
#include "agent/core/stream.h"
#include "agent/runtime/control_client.h"
#include "agent/runtime/store_questions.h"

namespace storeward::cli {
namespace {

using nlohmann::json;

json parsed(const std::string& answer) {
  json document = json::parse(answer, nullptr, false);
  if (document.is_object()) return document;
  std::fputs("the agent's answer cannot be read; is it of the same version?\n", stderr);
  throw Exit{bug};
}

[[noreturn]] void end_without_agent(const NoAgent& silence) {
  std::fprintf(stderr, "%s\n", silence.reason.c_str());
  if (!silence.runs) std::fputs("Is the service running? systemctl status storeward\n", stderr);
  throw Exit{no_agent};
}

// No agent, and its directory cannot be read either.
[[noreturn]] void end_without_store(const NoAgent& silence, const store::StoreError& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  if (error.kind == store::StoreFailure::absent) throw Exit{no_agent};
  std::fprintf(stderr, "(%s)\n", silence.reason.c_str());
  if (error.kind == store::StoreFailure::corrupt) std::fprintf(stderr, "%s\n", after_damage);
  if (error.kind == store::StoreFailure::read_only && geteuid() != 0) {
    std::fputs("Without a running agent only root may look into the directory: use sudo.\n",
               stderr);
  }
  throw Exit{storage_error};
}

}  // namespace

void add_config_option(CLI::App& command, Options& options) {
  command.add_option("--config", options.config, "configuration file")
      ->type_name("FILE")
      ->capture_default_str();
}

CLI::App* add(CLI::App& parent, Chosen& chosen, const char* name, const char* purpose,
              Prints prints, const char* examples, Action action) {
  CLI::App* command = parent.add_subcommand(name, purpose);
  command->footer(std::string("Examples:\n") + examples);
  add_config_option(*command, *chosen.options);
  if (prints == Prints::facts) {
    command->add_flag("--json", chosen.options->json, "print the facts as one JSON document");
  }
  command->callback([&chosen, action = std::move(action)] { chosen.action = action; });
  return command;
}

CLI::App* add_group(CLI::App& parent, Chosen& chosen, const char* name, const char* purpose) {
  CLI::App* group = parent.add_subcommand(name, purpose);
  group->require_subcommand(1);
  add_config_option(*group, *chosen.options);
  return group;
}

CLI::Validator is_number() {
  constexpr std::size_t most_digits = 18;
  return {[](const std::string& text) -> std::string {
            const bool fits = all_digits(text) && text.size() <= most_digits;
            return fits && text != "0" ? "" : "\"" + text + "\" is none: they count from 1";
          },
          "NUMBER"};
}

CLI::Option* add_stream_option(CLI::App& command, std::string& stream, const char* purpose) {
  std::vector<std::string> names;
  names.reserve(std::size(all_streams));
  for (const Stream each : all_streams) names.emplace_back(name_of(each));
  return command.add_option("--stream", stream, purpose)->check(CLI::IsMember(names));
}

config::Loaded load_config(const Options& options) {
  auto loaded = config::load_with_origins(options.config);
  if (loaded) return std::move(*loaded);
  std::fputs(config::to_text(loaded.error()).c_str(), stderr);
  throw Exit{bad_configuration};
}

json ask(const Options& options, const json& request, std::chrono::seconds patience) {
  const config::Loaded loaded = load_config(options);
  const auto answer = ask_agent(loaded.config.control.socket, dumped(request), patience);
  if (!answer) end_without_agent(answer.error());
  return parsed(*answer);
}

json ask_agent_or_store(const Options& options, const json& request,
                        std::chrono::seconds patience) {
  const config::Loaded loaded = load_config(options);
  const auto answer = ask_agent(loaded.config.control.socket, dumped(request), patience);
  if (answer) return parsed(*answer);
  if (answer.error().runs) end_without_agent(answer.error());
  auto reader = store::OutboxReader::open_unattended({.directory = loaded.config.store.directory});
  if (!reader) end_without_store(answer.error(), reader.error());
  return parsed(answer_from_store(*reader, dumped(request)));
}

std::string number_in_words(const json& event) {
  const auto number = event.find("sequence");
  if (number == event.end() || number->is_null()) return "no number until it is sent";
  return "number " + std::to_string(number->get<std::uint64_t>());
}

bool printed_as_json(const Options& options, const json& answer) {
  if (options.json) {
    std::puts(dumped(answer).c_str());
  } else if (answer.contains("error")) {
    std::fprintf(stderr, "%s\n", answer["error"].get<std::string>().c_str());
    if (answer.value("damaged", false)) std::fprintf(stderr, "%s\n", after_damage);
  }
  if (answer.contains("error")) {
    throw Exit{answer.value("storage", false) ? storage_error : answer_is_no};
  }
  return options.json;
}

}  // namespace storeward::cli
