#include <cstdio>

#include "agent/cli/subcommand.h"
#include "agent/cli/terminal.h"

namespace storeward::cli {
namespace {

using nlohmann::json;

struct Wanted {
  std::string driver, answer;
};

ExitCode answer(const Options& options, const Wanted& wanted) {
  const json told =
      ask(options,
          {{"request", "drivers.answer"}, {"driver", wanted.driver}, {"answer", wanted.answer}},
          patience::lookup);
  if (printed_as_json(options, told)) return ExitCode::fine;
  std::printf("told; what it does now: storeward status\n");
  return ExitCode::fine;
}

}  // namespace

void add_drivers(CLI::App& app, Chosen& chosen) {
  CLI::App* group = add_group(app, chosen, "drivers", "how sources hand in");
  const auto wanted = std::make_shared<Wanted>();
  CLI::App* command = add(*group, chosen, "answer",
                          "decide what a driver asks (its words are in the status)", Prints::facts,
                          "  The numbers of the database began anew, and all of it is to be read:\n"
                          "    storeward drivers answer pos-db from-start",
                          [wanted](const Options& options) { return answer(options, *wanted); });
  command->add_option("driver", wanted->driver, "its name")->required();
  command->add_option("answer", wanted->answer, "one of the words that the status names")
      ->required();
}

}  // namespace storeward::cli
