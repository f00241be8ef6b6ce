#include "agent/cli/subcommand.h"

#include <cstdio>

#include "agent/runtime/control_client.h"
#include "agent/runtime/store_questions.h"

namespace storeward::cli {
namespace {

using nlohmann::json;

constexpr auto patience = std::chrono::seconds(600);  // a verify of a large outbox takes its time

json parsed(const std::string& answer) {
  json document = json::parse(answer, nullptr, false);
  if (document.is_object()) return document;
  std::fputs("the agent's answer cannot be read; is it of the same version?\n", stderr);
  throw Exit{bug};
}

}  // namespace

CLI::App* add(CLI::App& parent, Chosen& chosen, const char* name, const char* purpose,
              Prints prints, const char* examples, Action action) {
  CLI::App* command = parent.add_subcommand(name, purpose);
  command->footer(std::string("Examples:\n") + examples);
  command->add_option("--config", chosen.options->config, "configuration file")
      ->capture_default_str();
  if (prints == Prints::facts) {
    command->add_flag("--json", chosen.options->json, "print the facts as one JSON document");
  }
  command->callback([&chosen, action = std::move(action)] { chosen.action = action; });
  return command;
}

config::Loaded load_config(const Options& options) {
  auto loaded = config::load_with_origins(options.config);
  if (loaded) return std::move(*loaded);
  std::fputs(config::to_text(loaded.error()).c_str(), stderr);
  throw Exit{bad_configuration};
}

json ask(const Options& options, const json& request) {
  const config::Loaded loaded = load_config(options);
  const auto answer = ask_agent(loaded.config.control.socket, request.dump(), patience);
  if (answer) return parsed(*answer);
  std::fprintf(stderr, "%s\nIs the service running? systemctl status storeward\n",
               answer.error().reason.c_str());
  throw Exit{no_agent};
}

json ask_agent_or_store(const Options& options, const json& request) {
  const config::Loaded loaded = load_config(options);
  const auto answer = ask_agent(loaded.config.control.socket, request.dump(), patience);
  if (answer) return parsed(*answer);
  auto reader = store::OutboxReader::open_unattended({.directory = loaded.config.store.directory});
  if (!reader) {
    std::fprintf(stderr, "%s\n%s\n", answer.error().reason.c_str(), reader.error().message.c_str());
    throw Exit{storage_error};
  }
  return parsed(answer_from_store(*reader, request.dump()));
}

std::string printable(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if (byte < 0x20 || byte == 0x7F) text[i] = '?';
    if (byte == 0xC2 && next >= 0x80 && next < 0xA0) text.replace(i, 2, "?");
  }
  return text;
}

bool printed_as_json(const Options& options, const json& answer) {
  if (options.json) {
    std::puts(answer.dump(-1, ' ', false, json::error_handler_t::replace).c_str());
  } else if (answer.contains("error")) {
    std::fprintf(stderr, "%s\n", answer["error"].get<std::string>().c_str());
  }
  if (answer.contains("error")) {
    throw Exit{answer.value("storage", false) ? storage_error : answer_is_no};
  }
  return options.json;
}

}  // namespace storeward::cli
