#include <cstdio>
#include <optional>
#include <variant>
#include <vector>

#include "agent/base/assert.h"
#include "agent/base/json_dump.h"
#include "agent/cli/subcommand.h"
#include "agent/cli/terminal.h"
#include "agent/runtime/driver_templates.h"
#include "agent/runtime/part_options.h"
#include "config/keys.h"
#include "config/reference.h"

namespace storeward::cli {
namespace {

using nlohmann::json;

struct Checked {
  std::optional<config::Loaded> loaded;
  std::vector<config::Problem> problems;  // one in a template names its own place
  std::vector<config::Problem> warnings;  // the agent starts all the same
};

// A web hook's secret that has nothing in it, as the start finds it. What cannot be read at all is
// told with the other files.
void check_secrets(const config::Loaded& loaded, std::vector<config::Problem>& problems) {
  for (std::size_t i = 0; i < loaded.config.drivers.size(); ++i) {
    const config::Driver& driver = loaded.config.drivers[i];
    std::error_code none;
    if (driver.kind != "http" || driver.signature == "none") continue;
    if (!std::filesystem::exists(driver.secret_file, none)) continue;
    if (!secret_in(driver.secret_file).empty()) continue;
    const std::string key = "driver[" + std::to_string(i) + "].secret_file";
    const auto origin = loaded.origins.find(key);
    problems.push_back({origin == loaded.origins.end() ? config::Place{} : origin->second,
                        key + ": the first line of " + driver.secret_file.string() +
                            " is empty; it is the secret that the sender signs with"});
  }
}

Checked checked(const std::filesystem::path& file) {
  auto loaded = config::load_with_origins(file);
  if (!loaded) return {std::nullopt, loaded.error().problems, {}};
  Checked all{std::move(*loaded), {}, {}};
  const config::Config& config = all.loaded->config;
  all.warnings = config::unknown_files(*all.loaded);
  all.problems = config::missing_files(*all.loaded);
  if (all.problems.empty()) check_secrets(*all.loaded, all.problems);
  if (!all.problems.empty()) return all;
  const auto zone = TimeZone::named(config.site.timezone);
  ASSERT(zone);  // loading has looked it up
  for (std::string& fault : template_faults(config, admission_options(config, *zone))) {
    all.problems.push_back({{}, std::move(fault)});
  }
  return all;
}

json to_document(const config::Problem& problem) {
  json document = {{"message", problem.message}};
  if (problem.place.file.empty()) return document;
  document["file"] = problem.place.file;
  document["line"] = problem.place.line;
  document["column"] = problem.place.column;
  return document;
}

ExitCode check(const Options& options) {
  const auto [loaded, problems, warnings] = checked(options.config);
  if (options.json) {
    json document = {
        {"fine", problems.empty()}, {"problems", json::array()}, {"warnings", json::array()}};
    for (const config::Problem& problem : problems) {
      document["problems"].push_back(to_document(problem));
    }
    for (const config::Problem& warning : warnings) {
      document["warnings"].push_back(to_document(warning));
    }
    std::puts(dumped(document).c_str());
    return problems.empty() ? fine : bad_configuration;
  }
  for (const config::Problem& problem : problems) {
    const bool placed = !problem.place.file.empty();
    std::fprintf(stderr, "%s\n", (placed ? to_text(problem) : problem.message).c_str());
  }
  for (const config::Problem& warning : warnings) {
    std::fprintf(stderr, "warning: %s\n", to_text(warning).c_str());
  }
  if (!problems.empty()) return bad_configuration;
  std::printf("%s: %zu file%s, %zu key%s set, %zu client%s\n", painted("fine", Tone::good).c_str(),
              loaded->files.size(), loaded->files.size() == 1 ? "" : "s", loaded->origins.size(),
              loaded->origins.size() == 1 ? "" : "s", loaded->config.http.clients.size(),
              loaded->config.http.clients.size() == 1 ? "" : "s");
  return fine;
}

// A token's hash identifies it; its beginning is enough.
config::Value shown(const config::Key& key, const config::Config& config, std::size_t index) {
  config::Value value = config::current(key, config, index);
  if (key.name == "token_sha256") value = std::get<std::string>(value).substr(0, 8) + "…";
  return value;
}

json to_document(const config::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* truth = std::get_if<bool>(&value)) return *truth;
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return *list;
  ASSERT(false);  // no key has a value of another type
}

struct Line {
  std::string name;
  config::Value value;
  std::string origin;
};

std::vector<Line> effective(config::Loaded& loaded) {
  std::vector<Line> lines;
  for (const config::Key& key : config::keys()) {
    const config::TableRule* table = config::find_table(key.table);
    for (std::size_t index = 0; index < table->size(loaded.config); ++index) {
      if (!config::belongs(key, loaded.config, index)) continue;
      const std::string name = config::full_name(key, index);
      const auto origin = loaded.origins.find(name);
      lines.push_back({name, shown(key, loaded.config, index),
                       origin == loaded.origins.end() ? "default" : to_text(origin->second)});
    }
  }
  return lines;
}

ExitCode show(const Options& options) {
  config::Loaded loaded = load_config(options);
  const std::vector<Line> lines = effective(loaded);
  if (options.json) {
    json document = json::object();
    for (const Line& line : lines)
      document[line.name] = {{"value", to_document(line.value)}, {"origin", line.origin}};
    std::puts(dumped(document).c_str());
    return fine;
  }
  for (const Line& line : lines) {
    std::printf("%-32s = %-40s %s\n", line.name.c_str(), config::to_toml(line.value).c_str(),
                painted("# " + line.origin, Tone::quiet).c_str());
  }
  return fine;
}

// docs/configuration.md, made from the table of keys so that it cannot lag behind.
ExitCode reference(const Options&) {
  std::fputs(config::reference_page().c_str(), stdout);
  return fine;
}

}  // namespace

void add_config(CLI::App& app, Chosen& chosen) {
  CLI::App* group = add_group(app, chosen, "config", "check and show the configuration");
  add(*group, chosen, "check", "find every mistake, with file, line and column", Prints::facts,
      "  Before a restart:\n    storeward config check\n"
      "  A file that is not in place yet:\n    storeward config check --config new.toml\n"
      "  For a program that rolls it out:\n    storeward config check --json",
      check);
  add(*group, chosen, "show", "what is in force, and where each value comes from", Prints::facts,
      "  Everything:\n    storeward config show\n"
      "  One key:\n    storeward config show | grep hub.url",
      show);
  add(*group, chosen, "reference", "every key with its meaning, as a page", Prints::text,
      "  Read it:\n    storeward config reference | less", reference);
}

}  // namespace storeward::cli
