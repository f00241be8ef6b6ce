#include "agent/cli/command_line.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/version.h"
#include "agent/cli/subcommand.h"

namespace storeward::cli {
namespace {

// The hub and the till are programs of their own, so that the agent loads none of their libraries.
constexpr std::string_view companions[] = {"hub", "till"};

// Replaces this process by the companion beside it, all arguments passed on; returns only on
// failure.
int become(std::string_view name, char** argv) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string program = (self.parent_path() / ("storeward-" + std::string(name))).string();
  std::vector<char*> arguments = {const_cast<char*>(program.c_str())};
  for (char** word = argv + 2; *word != nullptr; ++word) arguments.push_back(*word);
  arguments.push_back(nullptr);
  execv(program.c_str(), arguments.data());
  std::fprintf(stderr, "storeward: %s cannot be started; is it installed beside storeward?\n",
               program.c_str());
  return usage;
}

// For the list in --help; where it is the first word, main became it before.
void add_companion(CLI::App& app, const std::string& name, const char* purpose) {
  app.add_subcommand(name, purpose)->callback([name] {
    throw CLI::ArgumentMismatch("storeward " + name + " reads no configuration: write \"" + name +
                                "\" directly after storeward");
  });
}

void describe(CLI::App& app, Chosen& chosen) {
  app.description("Storeward carries a shop's sales, payments and stock changes to the hub.");
  app.set_version_flag("--version", version);
  app.require_subcommand(1);
  add_config_option(app, *chosen.options);
  app.footer(
      "Every subcommand explains itself: storeward SUBCOMMAND --help\n"
      "Exit codes: 0 fine, 1 the answer is no, 2 usage, 3 cannot reach the agent, 70 bug,\n"
      "74 storage error, 78 configuration.");
  add_run(app, chosen);
  add_config(app, chosen);
  add_status(app, chosen);
  add_outbox(app, chosen);
  add_exceptions(app, chosen);
  add_drivers(app, chosen);
  add_audit(app, chosen);
  add_trace(app, chosen);
  add_verify(app, chosen);
  add_template(app, chosen);
  add_companion(app, "hub", "the reference hub (storeward hub --help)");
  add_companion(app, "till", "a till that plays a sales log (storeward till --help)");
}

// CLI11 says of a subcommand it does not know only that one is required.
bool tell_unknown_subcommand(const CLI::App& app) {
  const auto groups = app.get_subcommands();
  const CLI::App& within = groups.empty() ? app : *groups.front();
  const std::vector<std::string> left = app.remaining(true);
  const auto word =
      std::ranges::find_if(left, [](const std::string& each) { return !each.starts_with('-'); });
  if (within.get_require_subcommand_min() == 0 || word == left.end()) return false;
  const std::string name = groups.empty() ? "storeward" : "storeward " + within.get_name();
  std::fprintf(stderr, "%s: there is no subcommand \"%s\"; %s --help lists them\n", name.c_str(),
               word->c_str(), name.c_str());
  return true;
}

// A list that a full disk has cut would pass for all there is.
int written(int code) {
  if (code != fine || (std::fflush(stdout) == 0 && std::ferror(stdout) == 0)) return code;
  std::fprintf(stderr, "storeward: what was asked for could not be written: %s\n",
               std::strerror(errno));
  return storage_error;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  for (const std::string_view name : companions) {
    if (argc > 1 && argv[1] == name) return become(name, argv);
  }
  CLI::App app("", "storeward");
  Chosen chosen;
  describe(app, chosen);
  try {
    app.parse(argc, argv);
    return written(chosen.action(*chosen.options));
  } catch (const CLI::RequiredError& error) {
    if (!tell_unknown_subcommand(app)) app.exit(error);
    return usage;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? fine : usage;
  } catch (const Exit& exit) {
    return exit.code;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "storeward: bug: %s\n", error.what());
    return bug;
  }
}

}  // namespace storeward::cli
