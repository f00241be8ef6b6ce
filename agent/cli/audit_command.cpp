#include <cstdio>

#include "agent/cli/csv_list.h"
#include "agent/cli/subcommand.h"
#include "agent/cli/terminal.h"

namespace storeward::cli {
namespace {

using nlohmann::json;

struct Wanted {
  std::uint64_t from = 1;
  std::optional<std::uint64_t> limit;
  bool csv = false;
};

constexpr std::uint64_t default_limit = 50;
constexpr std::string_view csv_columns[] = {"number",  "at",     "actor",      "action",
                                            "subject", "detail", "unreadable", "chain"};

ExitCode list(const Options& options, const Wanted& wanted) {
  const json request = {{"request", "audit.list"},
                        {"from", wanted.from},
                        {"limit", wanted.limit.value_or(default_limit)}};
  if (wanted.csv) return print_csv(options, request, "entries", csv_columns, wanted.limit);
  const json answer = ask_agent_or_store(options, request, patience::lookup);
  if (printed_as_json(options, answer)) return fine;
  for (const json& entry : answer["entries"]) {
    std::printf("%6llu  %s  %-18s %s, %s\n", entry["number"].get<unsigned long long>(),
                printable(entry.value("at", "")).c_str(),
                printable(entry.value("action", "(unreadable)")).c_str(),
                printable(entry.value("subject", "")).c_str(),
                printable(entry.value("actor", "")).c_str());
    const std::string detail = entry.value("detail", "");
    if (!detail.empty()) std::printf("        %s\n", printable(detail).c_str());
  }
  if (answer["entries"].empty()) std::puts("no entries");
  if (!answer["next"].is_null()) {
    std::printf("more: --from %llu\n", answer["next"].get<unsigned long long>());
  }
  return fine;
}

}  // namespace

void add_audit(CLI::App& app, Chosen& chosen) {
  CLI::App* group = add_group(app, chosen, "audit", "who did what through the command line");
  const auto wanted = std::make_shared<Wanted>();
  CLI::App* command = add(*group, chosen, "list", "the trail, oldest first", Prints::facts,
                          "  A look:\n    storeward audit list\n"
                          "  Kept elsewhere, each entry with its hash:\n"
                          "    storeward audit list --limit 1000 --json\n"
                          "  All of it, for a spreadsheet:\n"
                          "    storeward audit list --csv > audit.csv\n"
                          "  That nobody has changed it:\n    storeward verify",
                          [wanted](const Options& options) { return list(options, *wanted); });
  command->add_option("--from", wanted->from, "first number")->check(is_number());
  command->add_option("--limit", wanted->limit, "how many (1 to 1000; 50, with --csv all)")
      ->check(CLI::Range(1, 1000));
  add_csv_flag(*command, wanted->csv);
}

}  // namespace storeward::cli
