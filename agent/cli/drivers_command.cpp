#include <cstdio>

#include "agent/base/grouped.h"
#include "agent/cli/subcommand.h"
#include "agent/cli/terminal.h"

namespace storeward::cli {
namespace {

using nlohmann::json;

struct Wanted {
  std::string driver, answer;
};

// How many of its exceptions wait for a person.
std::uint64_t open_of(const json& status, const std::string& driver) {
  const json& exceptions = status.value("exceptions", json::object());
  for (const json& each : exceptions.value("by_driver", json::array())) {
    if (each.value("driver", "") == driver) return each.value("open", std::uint64_t{0});
  }
  return 0;
}

ExitCode list(const Options& options) {
  const json status = ask(options, {{"request", "status"}}, patience::status);
  if (status.contains("error")) printed_as_json(options, status);  // ends here
  json drivers = status.value("drivers", json::array());
  for (json& driver : drivers) {
    driver["open_exceptions"] = open_of(status, driver.value("name", ""));
  }
  if (printed_as_json(options, {{"drivers", drivers}})) return ExitCode::fine;
  if (drivers.empty()) std::puts("no driver is configured");
  if (!drivers.empty()) {
    std::printf("%-20s %-10s %-8s %-5s %10s  %-24s  %s\n", "name", "kind", "state", "look",
                "exceptions", "last delivery", "detail");
  }
  for (const json& driver : drivers) {
    const json& last = driver.value("last_delivery", json());
    std::printf("%-20s %-10s %-8s %-5s %10s  %-24s  %s\n",
                printable(driver.value("name", "")).c_str(), driver.value("kind", "").c_str(),
                driver.value("state", "").c_str(), driver.value("look", false) ? "yes" : "no",
                grouped(driver["open_exceptions"].get<std::uint64_t>()).c_str(),
                last.is_string() ? last.get<std::string>().c_str() : "-",
                printable(driver.value("detail", "")).c_str());
  }
  return ExitCode::fine;
}

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
  CLI::App* group = add(app, chosen, "drivers", "how sources hand in", Prints::facts,
                        "  Each with its state, its open exceptions and what it waits for:\n"
                        "    storeward drivers",
                        list);
  group->require_subcommand(0, 1);
  // Runs after that of a subcommand, which has the say.
  group->callback([group, &chosen] {
    if (group->get_subcommands().empty()) chosen.action = list;
  });
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
