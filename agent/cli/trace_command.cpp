#include <cstdio>

#include "agent/cli/subcommand.h"
#include "agent/cli/terminal.h"

namespace storeward::cli {
namespace {

using nlohmann::json;

ExitCode trace(const Options& options, const std::string& id) {
  const json answer =
      ask_agent_or_store(options, {{"request", "trace"}, {"id", id}}, patience::lookup);
  const bool found = !answer.contains("events") || !answer["events"].empty();
  if (printed_as_json(options, answer)) return found ? fine : answer_is_no;
  for (const json& event : answer["events"]) {
    std::printf("%s %s\n  %s, %s in epoch %s\n", printable(event.value("type", "")).c_str(),
                printable(event.value("id", "")).c_str(), event.value("stream", "").c_str(),
                number_in_words(event).c_str(), event.value("epoch", "").c_str());
    for (const json& step : event["steps"]) {
      const bool done = step.value("done", false);
      const std::string at = step["at"].is_string() ? step["at"].get<std::string>() : "";
      const bool withheld = step.value("step", "") == "withheld";
      const std::string said = withheld     ? painted("its exception says why", Tone::warn)
                               : !done      ? painted("not yet", Tone::warn)
                               : at.empty() ? "yes (the time is not remembered)"
                                            : at;
      std::printf("  %-13s %s\n", step.value("step", "").c_str(), said.c_str());
    }
  }
  if (!found)
    std::fprintf(stderr, "the outbox holds no event %s (it may have been confirmed and pruned)\n",
                 printable(id).c_str());
  return found ? fine : answer_is_no;
}

}  // namespace

void add_trace(CLI::App& app, Chosen& chosen) {
  const auto id = std::make_shared<std::string>();
  CLI::App* command = add(app, chosen, "trace", "one event's way, with times", Prints::facts,
                          "  Where is this sale?\n    storeward trace till3-000123",
                          [id](const Options& options) { return trace(options, *id); });
  command->add_option("id", *id, "the event's id")->required();
}

}  // namespace storeward::cli
