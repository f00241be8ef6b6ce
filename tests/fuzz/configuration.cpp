// The configuration file (config/load): every mistake has a place in the file, and what was loaded
// and is written down again loads to the same.
#include <algorithm>
#include <fstream>

#include "agent/base/assert.h"
#include "config/keys.h"
#include "config/load.h"
#include "tests/fuzz/support.h"
#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

using namespace storeward::config;

std::filesystem::path written_to_disk(std::string_view text) {
  const auto file = scratch_directory() / "storeward.toml";
  std::ofstream(file, std::ios::binary | std::ios::trunc)
      .write(text.data(), static_cast<std::streamsize>(text.size()));
  return file;
}

void check_errors(const ConfigErrors& errors, std::string_view text) {
  ASSERT(!errors.problems.empty());
  const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  for (const Problem& problem : errors.problems) {
    ASSERT(!problem.message.empty() && !problem.place.file.empty());
    ASSERT(problem.place.line <= lines);
  }
}

// What was said in the file, as another file. Without the drivers: what they know is their kind's.
std::string rewritten(const Loaded& loaded) {
  std::string text;
  for (const TableRule& table : tables()) {
    if (table.path == std::string_view("driver")) continue;
    const std::size_t count = table.listed ? loaded.config.http.clients.size() : 1;
    for (std::size_t index = 0; index < count; ++index) {
      const std::string path(table.path);
      text += table.listed ? "[[" + path + "]]\n" : "[" + path + "]\n";
      for (const Key& key : keys()) {
        if (key.table != table.path || !loaded.origins.contains(full_name(key, index))) continue;
        text += std::string(key.name) + " = " + to_toml(current(key, loaded.config, index)) + "\n";
      }
    }
  }
  return text;
}

void run(std::string_view text) {
  const auto loaded = load_with_origins(written_to_disk(text));
  if (!loaded) return check_errors(loaded.error(), text);
  const std::string second_text = rewritten(*loaded);
  const auto second = load_with_origins(written_to_disk(second_text));
  ASSERT(second.has_value() && rewritten(*second) == second_text);
}

const Registered registered({"configuration", 64u << 10, run});

}  // namespace
}  // namespace storeward::fuzz
