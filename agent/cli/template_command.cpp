#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>

#include "agent/base/json_dump.h"
#include "agent/cli/subcommand.h"
#include "agent/cli/template_comparison.h"
#include "agent/cli/terminal.h"
#include "agent/cli/trial_text.h"
#include "agent/core/value_rules.h"
#include "agent/runtime/template_draft.h"
#include "agent/runtime/template_trial.h"
#include "config/template_file.h"

namespace storeward::cli {
namespace {

using nlohmann::json;

struct Arguments {
  std::string name, sample, against;
  std::vector<std::string> files;
  std::vector<std::string> values;  // NAME=VALUE, as a driver's configuration gives them
  std::size_t limit = 20;
  std::string currency, zone, directory;
};

// A template may be tried where nothing is installed: then the site is a made-up one.
config::Config site_for(const Options& options, const Arguments& arguments) {
  config::Config config;
  if (auto loaded = config::load_with_origins(options.config)) config = loaded->config;
  if (config.site.tenant.empty()) {
    config.site.tenant = "trial";
    config.site.id = "site";
  }
  if (!arguments.currency.empty()) config.site.currency = arguments.currency;
  if (!arguments.zone.empty()) config.site.timezone = arguments.zone;
  if (!arguments.directory.empty()) config.templates.directory = arguments.directory;
  return config;
}

TemplateTrial opened(const std::string& name, const config::Config& config) {
  auto trial = TemplateTrial::open(name, config);
  if (trial) return *trial;
  std::fprintf(stderr, "%s\n", printable_lines(trial.error().message).c_str());
  throw Exit{bad_configuration};
}

// What a driver would say that takes in what comes, and what its configuration says.
mapping::Given given_by(const Arguments& arguments) {
  mapping::Given given = {{"receivedAt", to_rfc3339(SystemClock().wall())}, {"sequence", "1"}};
  for (const std::string& value : arguments.values) {
    const std::size_t sign = value.find('=');
    if (sign == std::string::npos) {
      std::fprintf(stderr, "storeward: --value %s: NAME=VALUE is due\n", printable(value).c_str());
      throw Exit{usage};
    }
    given.insert_or_assign(value.substr(0, sign), value.substr(sign + 1));
  }
  return given;
}

ExitCode test(const Options& options, const Arguments& arguments) {
  const TemplateTrial trial = opened(arguments.name, site_for(options, arguments));
  std::size_t shown = 0;
  const auto show = [&](const TriedRecord& record) {
    if (options.json) {
      print_as_json(record);
    } else if (++shown <= arguments.limit) {
      print(record);
    }
    return true;
  };
  const auto totals = trial.run(arguments.sample, show, given_by(arguments));
  if (!totals) {
    std::fprintf(stderr, "%s\n", printable(totals.error().message).c_str());
    return usage;
  }
  if (options.json) {
    print_as_json(*totals);
  } else {
    if (shown > arguments.limit) {
      std::printf("… the first %zu records are shown (--limit)\n", arguments.limit);
    }
    print(*totals);
  }
  return totals->exceptions == 0 ? fine : answer_is_no;
}

// For a draft that was given none: as its sample is called, without what a name may not hold.
std::string name_of_sample(const std::filesystem::path& sample) {
  std::string name = sample.stem().string();
  std::ranges::replace_if(name, std::not_fn(is_name_character), '-');
  return name;
}

ExitCode draft(const Options&, const Arguments& arguments) {
  constexpr std::size_t looked_at_bytes = 256 * 1024;
  std::ifstream stream(arguments.sample, std::ios::binary);
  std::string sample(looked_at_bytes, '\0');
  stream.read(sample.data(), static_cast<std::streamsize>(sample.size()));
  sample.resize(static_cast<std::size_t>(stream.gcount()));
  const bool whole = sample.size() < looked_at_bytes;
  if (sample.empty()) {
    std::fprintf(stderr, "storeward: %s is empty or cannot be read\n",
                 printable(arguments.sample).c_str());
    return usage;
  }
  const auto made = draft_template(
      arguments.name.empty() ? name_of_sample(arguments.sample) : arguments.name, sample, whole);
  if (!made) {
    std::fprintf(stderr, "storeward: %s\n", printable(made.error().message).c_str());
    return answer_is_no;
  }
  std::fputs(made->text.c_str(), stdout);
  if (!made->questions.empty() || !made->undecided.empty()) {
    std::fputs("storeward: decide before use:\n", stderr);
  }
  for (const std::string& question : made->undecided) {
    std::fprintf(stderr, "  - (refused until then) %s\n", printable(question).c_str());
  }
  for (const std::string& question : made->questions) {
    std::fprintf(stderr, "  - %s\n", printable(question).c_str());
  }
  return fine;
}

ExitCode list(const Options& options, const Arguments& arguments) {
  const config::Config config = site_for(options, arguments);
  json all = json::array();
  for (const config::ShippedTemplate& shipped : config::shipped_templates()) {
    const auto loaded =
        config::load_template(std::string(shipped.name), config.templates.directory);
    const std::string description = loaded ? (*loaded)->mapping.description : "cannot be used";
    if (options.json) {
      all.push_back({{"name", shipped.name}, {"description", description}});
    } else {
      std::printf("%-28s %s\n", std::string(shipped.name).c_str(), description.c_str());
    }
  }
  if (options.json) std::puts(all.dump().c_str());
  return fine;
}

ExitCode show(const Options&, const Arguments& arguments) {
  for (const config::ShippedTemplate& shipped : config::shipped_templates()) {
    if (shipped.name != arguments.name) continue;
    std::fwrite(shipped.text.data(), 1, shipped.text.size(), stdout);
    return fine;
  }
  std::fprintf(stderr, "storeward: no shipped template is called \"%s\"; storeward template list\n",
               printable(arguments.name).c_str());
  return answer_is_no;
}

ExitCode drift(const Options& options, const Arguments& arguments) {
  const config::Config config = site_for(options, arguments);
  const auto changes = config::template_drift(arguments.name, config.templates.directory);
  if (!changes) {
    std::fputs(printable_lines(config::to_text(changes.error())).c_str(), stderr);
    return bad_configuration;
  }
  if (options.json) {
    json all = json::array();
    for (const config::TemplateChange& change : *changes) {
      json line = {{"path", change.path}, {"change", change.what}};
      if (!change.extended.empty()) line["extended"] = change.extended;
      if (!change.own.empty()) line["own"] = change.own;
      all.push_back(std::move(line));
    }
    std::puts(dumped(all).c_str());
    return fine;
  }
  for (const config::TemplateChange& change : *changes) {
    std::puts(printable(config::to_text(change)).c_str());
  }
  if (changes->empty()) std::puts("it changes nothing of what it extends");
  return fine;
}

ExitCode replay(const Options& options, const Arguments& arguments) {
  const config::Config config = site_for(options, arguments);
  const TemplateTrial now = opened(arguments.name, config);
  const TemplateTrial then = opened(arguments.against, config);
  const mapping::Given given = given_by(arguments);
  TemplateComparison comparison;
  for (const std::string& file : arguments.files) {
    if (const auto compared = comparison.add(file, now, then, given); !compared) {
      std::fprintf(stderr, "%s\n", printable(compared.error().message).c_str());
      return usage;
    }
  }
  std::puts(options.json ? comparison.to_json().dump().c_str()
                         : printable_lines(comparison.to_text()).c_str());
  return comparison.same() ? fine : answer_is_no;
}

void add_value_option(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--value", arguments.values,
                  "NAME=VALUE, as `values` of the driver says it; again for each")
      ->allow_extra_args(false);  // what stands behind it is a file
}

void add_site_options(CLI::App& command, Arguments& arguments) {
  command.add_option("--currency", arguments.currency, "the site's, where it is not configured");
  command.add_option("--zone", arguments.zone, "the site's time zone, where it is not configured");
  command.add_option("--directory", arguments.directory, "where the site's own templates are");
}

}  // namespace

void add_template(CLI::App& app, Chosen& chosen) {
  CLI::App* group =
      add_group(app, chosen, "template", "how records of other formats become events");
  const auto arguments = std::make_shared<Arguments>();
  const auto with = [arguments](ExitCode (*action)(const Options&, const Arguments&)) {
    return [arguments, action](const Options& options) { return action(options, *arguments); };
  };
  CLI::App* command =
      add(*group, chosen, "test", "the events that a template makes of a sample", Prints::facts,
          "  A shipped template on a file of yours (exit 1 if anything would be an exception):\n"
          "    storeward template test online-retail sales.csv --currency GBP\n"
          "  One that is being written:\n    storeward template test ./my-till.toml sales.csv",
          with(test));
  command->get_option("--json")->description(
      "one JSON document a line: each record, at last {\"totals\": …}");
  command->add_option("template", arguments->name, "its name or file")->required();
  command->add_option("sample", arguments->sample, "a file of the source")->required();
  command->add_option("--limit", arguments->limit, "how many records are shown");
  add_value_option(*command, *arguments);
  add_site_options(*command, *arguments);

  command = add(*group, chosen, "new", "a first draft from a sample: what is guessed and asked",
                Prints::text,
                "  Draft, then look what it makes of the sample:\n"
                "    storeward template new my-till --from sales.csv > my-till.toml\n"
                "    storeward template test ./my-till.toml sales.csv\n"
                "  What it could not know stands in it as # ASK: and on stderr; what would be\n"
                "  miscounted is refused until you have decided and deleted the line.",
                with(draft));
  command->add_option("name", arguments->name, "what it is to be called; else as the sample is");
  command->add_option("--from", arguments->sample, "a file of the source")->required();

  add(*group, chosen, "list", "the templates shipped with the product", Prints::facts,
      "  What is there:\n    storeward template list", with(list));
  command = add(*group, chosen, "show", "a shipped template, to read or to start from",
                Prints::text, "  Read it:\n    storeward template show online-retail", with(show));
  command->add_option("template", arguments->name, "its name")->required();

  command = add(
      *group, chosen, "drift", "what a template changes of the one it extends", Prints::facts,
      "  Before an upgrade, the extended template's value -> yours (exit 78 if it does not load):\n"
      "    storeward template drift my-till",
      with(drift));
  command->add_option("template", arguments->name, "its name or file")->required();
  add_site_options(*command, *arguments);

  command =
      add(*group, chosen, "replay", "what would change if another version were used", Prints::facts,
          "  In events and in money (exit 1 if anything changes):\n"
          "    storeward template replay my-till --against ./new.toml done/*.csv",
          with(replay));
  command->add_option("template", arguments->name, "the one in use")->required();
  command->add_option("--against", arguments->against, "the other one")->required();
  command->add_option("files", arguments->files, "files of the source")->required();
  add_value_option(*command, *arguments);
  add_site_options(*command, *arguments);
}

}  // namespace storeward::cli
