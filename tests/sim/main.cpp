// storeward-sim: replays histories of a shop by seed, with power cuts, disk faults, link cuts, a
// forgetful hub, restored copies and clock jumps. A violation prints the seed and the last events.
//   storeward-sim --seed 17 --verbose          one history, told in full
//   storeward-sim --seeds 1..200               many; exit 1 at the first broken promise
//   storeward-sim --seeds 1..50 --plant NAME   a bug is planted: exit 0 when a checker finds it
//   … --wire-only                              by what it does, not by the agent's own cursors
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>

#include "tests/sim/simulation.h"

namespace {

using namespace storeward::sim;

struct Arguments {
  std::uint64_t first = 1, last = 1;
  SimulationOptions options;
};

bool number(std::string_view text, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool parse(int argc, char** argv, Arguments& arguments) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view key = argv[i];
    if (key == "--verbose") {
      arguments.options.verbose = true;
      continue;
    }
    if (key == "--wire-only") {
      arguments.options.wire_only = true;
      continue;
    }
    if (++i == argc) return false;
    const std::string_view value = argv[i];
    bool right = false;
    if (key == "--seed") {
      right = number(value, arguments.first);
      arguments.last = arguments.first;
    } else if (key == "--seeds") {
      const std::size_t dots = value.find("..");
      right = dots != std::string_view::npos && number(value.substr(0, dots), arguments.first) &&
              number(value.substr(dots + 2), arguments.last);
    } else if (key == "--steps") {
      right = number(value, arguments.options.steps);
    } else if (key == "--plant") {
      const auto plant = plant_named(value);
      right = plant.has_value();
      arguments.options.plant = plant.value_or(Plant::none);
    }
    if (!right) return false;
  }
  return arguments.first <= arguments.last;
}

SimulationResult play(const SimulationOptions& options) {
  std::string pattern = (std::filesystem::temp_directory_path() / "storeward-sim-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) return {"cannot make a temporary directory", 0, 0};
  SimulationOptions here = options;
  here.directory = pattern;
  const SimulationResult result = Simulation(here).run();
  std::error_code ignored;
  std::filesystem::remove_all(pattern, ignored);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (!parse(argc, argv, arguments)) {
    std::cerr
        << "usage: storeward-sim [--seed N | --seeds A..B] [--steps N] [--verbose] [--wire-only]\n"
           "                     [--plant answer-before-commit | prune-on-puback |"
           " cursor-early | no-dedup |\n"
           "                      epoch-kept-on-copy | probe-storm | masking-off |\n"
           "                      quarantine-unmasked | cursor-apart]\n";
    return 2;
  }
  std::size_t events = 0;
  std::uint64_t lives = 0;
  for (std::uint64_t seed = arguments.first; seed <= arguments.last; ++seed) {
    arguments.options.seed = seed;
    const SimulationResult result = play(arguments.options);
    events += result.events_stored;
    lives += result.lives;
    if (!result.violation) continue;
    std::cout << "seed " << seed << ": " << *result.violation << "\n";
    if (arguments.options.plant != Plant::none) return 0;
    std::cout << "replay: storeward-sim --seed " << seed << " --steps " << arguments.options.steps
              << " --verbose\n";
    return 1;
  }
  std::cout << arguments.last - arguments.first + 1 << " histories, " << events
            << " events stored, " << lives << " lives of the agent\n";
  return arguments.options.plant == Plant::none ? 0 : 1;
}
