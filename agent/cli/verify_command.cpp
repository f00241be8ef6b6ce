#include <algorithm>
#include <cstdio>

#include "agent/base/grouped.h"
#include "agent/cli/subcommand.h"
#include "agent/cli/terminal.h"

namespace storeward::cli {
namespace {

using nlohmann::json;

ExitCode verify(const Options& options) {
  const json answer = ask_agent_or_store(options, {{"request", "verify"}}, patience::verify);
  const bool clean = answer.contains("findings") && answer["findings"].empty();
  if (printed_as_json(options, answer)) return clean ? fine : answer_is_no;
  const std::string events = grouped(answer["events"].get<std::uint64_t>());
  if (clean) {
    std::printf("%s: %s events, no gap, every hash chain holds, the database is sound\n",
                painted("clean", Tone::good).c_str(), events.c_str());
    return fine;
  }
  const std::size_t findings = answer["findings"].size();
  std::printf("%s: %zu finding%s, %s events read:\n", painted("DAMAGED", Tone::bad).c_str(),
              findings, findings == 1 ? "" : "s", events.c_str());
  for (const json& finding : answer["findings"]) {
    std::printf("  %s: %s\n", finding.value("place", "").c_str(),
                printable(finding.value("what", "")).c_str());
  }
  const auto in_audit = [](const json& finding) { return finding.value("in_audit", false); };
  if (std::ranges::any_of(answer["findings"], in_audit)) {
    std::puts("The audit trail is not as the agent wrote it: find out who opened outbox.db.");
  }
  if (!std::ranges::all_of(answer["findings"], in_audit)) std::puts(after_damage);
  return answer_is_no;
}

}  // namespace

void add_verify(CLI::App& app, Chosen& chosen) {
  add(app, chosen, "verify", "hash chains, sequence gaps, the database's integrity", Prints::facts,
      "  With the agent running or not:\n    storeward verify\n"
      "  For a script (exit 1 if anything is wrong):\n    storeward verify --json",
      verify);
}

}  // namespace storeward::cli
