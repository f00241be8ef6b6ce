#include <cstdio>

#include "agent/cli/money_text.h"
#include "agent/cli/subcommand.h"

namespace storeward::cli {
namespace {

using nlohmann::json;

std::string age(const json& seconds) {
  if (!seconds.is_number()) return "";
  const double s = seconds.get<double>();
  if (s < 120) return std::to_string(static_cast<int>(s)) + " s";
  if (s < 7200) return std::to_string(static_cast<int>(s / 60)) + " min";
  if (s < 172800) return std::to_string(static_cast<int>(s / 3600)) + " h";
  return std::to_string(static_cast<int>(s / 86400)) + " days";
}

void print_streams(const json& streams) {
  std::printf("\n%-8s %12s %12s %12s %12s  %s\n", "stream", "last", "published", "confirmed",
              "waiting", "oldest");
  for (const char* name : {"sales", "finance", "orders", "stock", "levels", "master", "ops"}) {
    const json& stream = streams[name];
    const auto number = [&stream](const char* field) {
      return static_cast<unsigned long long>(stream.value(field, 0ULL));
    };
    std::printf("%-8s %12llu %12llu %12llu %12llu  %s\n", name, number("last"), number("published"),
                number("confirmed"), number("waiting"),
                age(stream.value("oldest_waiting_s", json())).c_str());
  }
}

void print_days(const json& days) {
  if (days.empty()) return;
  std::printf("\n%-11s %-10s %8s %8s  %s\n", "day", "register", "sales", "returns", "gross");
  for (const json& day : days) {
    std::string gross;
    for (const json& money : day["gross"]) {
      gross += (gross.empty() ? "" : ", ") +
               money_text(money["amountMinor"], money["currency"].get<std::string>());
    }
    std::printf("%-11s %-10s %8llu %8llu  %s\n", day.value("businessDate", "").c_str(),
                day.value("registerId", "").c_str(), day["sales"].get<unsigned long long>(),
                day["returns"].get<unsigned long long>(), gross.c_str());
  }
}

ExitCode status(const Options& options) {
  const json answer = ask(options, {{"request", "status"}});
  if (printed_as_json(options, answer)) return fine;
  unsigned long long waiting = 0;
  for (const auto& [name, stream] : answer["streams"].items())
    waiting += stream.value("waiting", 0ULL);
  const std::string hub = answer["hub"].value("state", "");
  std::printf("%s / %s / %s, version %s\n", answer.value("tenant", "").c_str(),
              answer.value("site", "").c_str(), answer.value("agent", "").c_str(),
              answer.value("version", "").c_str());
  if (waiting == 0) {
    std::puts("Everything that was accepted is at the hub.");
  } else {
    std::printf("%llu events wait for the hub.\n", waiting);
  }
  std::printf("hub: %s (%s)   store: %s   open exceptions: %llu\n", hub.c_str(),
              answer["hub"].value("broker", "").c_str(), answer["store"].value("state", "").c_str(),
              answer["exceptions"]["open"].get<unsigned long long>());
  for (const json& alert : answer["alerts"]) {
    std::printf("ALERT %s: %s\n", alert.value("kind", "").c_str(),
                alert.value("detail", "").c_str());
  }
  print_streams(answer["streams"]);
  print_days(answer["days"]);
  return fine;
}

}  // namespace

void add_status(CLI::App& app, Chosen& chosen) {
  add(app, chosen, "status", "what the status page says", Prints::facts,
      "  A look:\n    storeward status\n"
      "  For a script:\n    storeward status --json | jq .hub.state",
      status);
}

}  // namespace storeward::cli
