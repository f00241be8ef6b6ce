#include <cstdio>

#include "agent/cli/subcommand.h"
#include "agent/cli/terminal.h"

namespace storeward::cli {
namespace {

using nlohmann::json;

struct Wanted {
  std::uint64_t number = 0, from = 1, limit = 50;
};

// Numbers without separators: they are what `show` takes.
void print_line(const json& exception) {
  std::printf("%6llu  %-10s %-11s %s  %s %s\n        %s\n",
              exception["number"].get<unsigned long long>(), exception.value("state", "").c_str(),
              exception.value("kind", "").c_str(), exception.value("at", "").c_str(),
              printable(exception.value("source", "")).c_str(),
              printable(exception.value("id", "")).c_str(),
              printable(exception.value("reason", "")).c_str());
}

ExitCode list(const Options& options, const Wanted& wanted) {
  const json answer = ask_agent_or_store(
      options, {{"request", "exceptions.list"}, {"from", wanted.from}, {"limit", wanted.limit}},
      patience::lookup);
  if (printed_as_json(options, answer)) return fine;
  for (const json& exception : answer["exceptions"]) print_line(exception);
  if (answer["exceptions"].empty()) std::puts("no exceptions");
  if (!answer["next"].is_null()) {
    std::printf("more: --from %llu\n", answer["next"].get<unsigned long long>());
  }
  return fine;
}

ExitCode show(const Options& options, const Wanted& wanted) {
  const json answer = ask_agent_or_store(
      options, {{"request", "exceptions.show"}, {"number", wanted.number}}, patience::lookup);
  if (printed_as_json(options, answer)) return fine;
  print_line(answer["exception"]);
  std::printf("\n%s\n", printable_lines(answer["exception"].value("masked", "")).c_str());
  return fine;
}

}  // namespace

void add_exceptions(CLI::App& app, Chosen& chosen) {
  CLI::App* group = add_group(app, chosen, "exceptions", "deliveries that could not become events");
  const auto wanted = std::make_shared<Wanted>();
  CLI::App* command = add(*group, chosen, "list", "all of them, with their reasons", Prints::facts,
                          "  A look:\n    storeward exceptions list\n"
                          "  Further on:\n    storeward exceptions list --from 51",
                          [wanted](const Options& options) { return list(options, *wanted); });
  command->add_option("--from", wanted->from, "first number");
  command->add_option("--limit", wanted->limit, "how many (1 to 1000)")->check(CLI::Range(1, 1000));
  command = add(*group, chosen, "show", "one of them, with what was handed in (masked)",
                Prints::facts, "  Number 17:\n    storeward exceptions show 17",
                [wanted](const Options& options) { return show(options, *wanted); });
  command->add_option("number", wanted->number, "its number")->required();
}

}  // namespace storeward::cli
