#include <cstdio>

#include "agent/cli/subcommand.h"

namespace storeward::cli {
namespace {

using nlohmann::json;

ExitCode verify(const Options& options) {
  const json answer = ask_agent_or_store(options, {{"request", "verify"}});
  const bool clean = answer.contains("findings") && answer["findings"].empty();
  if (printed_as_json(options, answer)) return clean ? fine : answer_is_no;
  const auto events = answer["events"].get<unsigned long long>();
  if (clean) {
    std::printf("clean: %llu events, no gap, every hash chain holds, the database is sound\n",
                events);
    return fine;
  }
  std::printf("%zu findings in %llu events:\n", answer["findings"].size(), events);
  for (const json& finding : answer["findings"]) {
    std::printf("  %s: %s\n", finding.value("place", "").c_str(),
                finding.value("what", "").c_str());
  }
  std::puts("Keep the directory as it is (a copy of it is the evidence) and call for help.");
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
