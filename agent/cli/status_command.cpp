#include <cstdio>

#include "agent/base/grouped.h"
#include "agent/cli/money_text.h"
#include "agent/cli/subcommand.h"
#include "agent/cli/terminal.h"

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
      return grouped(stream.value(field, std::uint64_t{0}));
    };
    std::printf("%-8s %12s %12s %12s %12s  %s\n", name, number("last").c_str(),
                number("published").c_str(), number("confirmed").c_str(), number("waiting").c_str(),
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
    const std::string site = day.value("siteId", "");  // of another site than the agent's
    const std::string name = (site.empty() ? "" : site + "/") + day.value("registerId", "");
    std::printf("%-11s %-10s %8s %8s  %s\n", day.value("businessDate", "").c_str(),
                printable(name).c_str(), grouped(day["sales"].get<std::uint64_t>()).c_str(),
                grouped(day["returns"].get<std::uint64_t>()).c_str(), gross.c_str());
  }
}

std::string in_tone(const std::string& state, const char* good, const char* passing) {
  return painted(state, state == good ? Tone::good : state == passing ? Tone::warn : Tone::bad);
}

// The one line everybody reads, as on the page.
std::string headline(const json& answer) {
  std::uint64_t waiting = 0;
  for (const auto& [name, stream] : answer["streams"].items()) {
    waiting += stream.value("waiting", std::uint64_t{0});
  }
  if (waiting == 0) return painted("Everything that was accepted is at the hub.", Tone::good);
  const std::string words = waiting == 1 ? "1 event waits" : grouped(waiting) + " events wait";
  const bool online = answer["hub"].value("state", "") == "online";
  return painted(
      words + (online ? " for the hub's confirmation."
                      : " for the hub. They are safe here and go out when the line is back."),
      online ? Tone::plain : Tone::warn);
}

ExitCode status(const Options& options) {
  const json answer = ask(options, {{"request", "status"}}, patience::status);
  if (printed_as_json(options, answer)) return fine;
  const auto open = answer["exceptions"]["open"].get<std::uint64_t>();
  std::printf("%s / %s / %s, version %s\n%s\n", answer.value("tenant", "").c_str(),
              answer.value("site", "").c_str(), answer.value("agent", "").c_str(),
              answer.value("version", "").c_str(), headline(answer).c_str());
  const std::string broker = answer["hub"].value("broker", "");
  std::printf("hub: %s%s   store: %s   open exceptions: %s\n",
              in_tone(answer["hub"].value("state", ""), "online", "connecting").c_str(),
              broker.empty() ? "" : (" (" + broker + ")").c_str(),
              in_tone(answer["store"].value("state", ""), "ok", "low").c_str(),
              painted(grouped(open), open == 0 ? Tone::plain : Tone::warn).c_str());
  if (const std::string why = answer["hub"].value("detail", ""); !why.empty()) {
    std::printf("the line is down: %s\n", printable(why).c_str());
  }
  for (const json& alert : answer["alerts"]) {
    std::printf("%s %s: %s\n", painted("ALERT", Tone::bad).c_str(), alert.value("kind", "").c_str(),
                printable(alert.value("detail", "")).c_str());
  }
  for (const json& driver : answer["drivers"]) {
    const std::string detail = driver.value("detail", "");
    const bool look = driver.value("look", false) && driver.value("state", "") == "ok";
    std::printf("driver %s (%s): %s%s\n", driver.value("name", "").c_str(),
                driver.value("kind", "").c_str(),
                look ? painted("look", Tone::warn).c_str()
                     : in_tone(driver.value("state", ""), "ok", "paused").c_str(),
                detail.empty() ? "" : ("  " + printable(detail)).c_str());
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
