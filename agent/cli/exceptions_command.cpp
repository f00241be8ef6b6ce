#include <algorithm>
#include <cstdio>
#include <set>
#include <vector>

#include "agent/base/grouped.h"
#include "agent/cli/conflict_text.h"
#include "agent/cli/csv_list.h"
#include "agent/cli/edited_text.h"
#include "agent/cli/subcommand.h"
#include "agent/cli/terminal.h"
#include "agent/core/masking.h"
#include "agent/runtime/driver_templates.h"

namespace storeward::cli {
namespace {

using nlohmann::json;

constexpr std::uint64_t default_limit = 50;
constexpr std::size_t numbers_per_request = 100;
constexpr std::size_t most_at_once = 1'000'000;  // `--all`: more than are ever kept

struct Wanted {
  std::uint64_t number = 0, from = 1;
  std::optional<std::uint64_t> limit;
  std::vector<std::uint64_t> numbers;
  std::string driver, state, reason_contains, reason, file;
  bool all = false, csv = false;
};

constexpr std::string_view csv_columns[] = {
    "number",   "state",           "kind",  "at",           "source",           "id",
    "revision", "driver",          "place", "template",     "template_version", "stream",
    "sequence", "reason",          "note",  "first_reason", "retry_failed_at",  "times",
    "last_at",  "template_extends"};

// Numbers without separators: they are what `show` takes.
void print_line(const json& exception) {
  std::printf("%6llu  %-10s %-11s %s  %s %s\n", exception["number"].get<unsigned long long>(),
              exception.value("state", "").c_str(), exception.value("kind", "").c_str(),
              exception.value("at", "").c_str(), printable(exception.value("source", "")).c_str(),
              printable(exception.value("id", "")).c_str());
  if (exception.contains("driver")) {
    std::printf("        %s: %s", printable(exception.value("driver", "")).c_str(),
                printable(exception.value("place", "")).c_str());
    if (exception.contains("template")) {
      std::printf(" (template %s %s", printable(exception.value("template", "")).c_str(),
                  printable(exception.value("template_version", "")).c_str());
      if (exception.contains("template_extends")) {
        std::printf(", which extends %s",
                    printable(exception.value("template_extends", "")).c_str());
      }
      std::printf(")");
    }
    std::puts("");
  }
  std::printf("        %s\n", printable(exception.value("reason", "")).c_str());
  if (exception.contains("last_at")) {
    std::printf("        handed in %s times, the last at %s\n",
                grouped(exception.value("times", std::uint64_t{1})).c_str(),
                exception.value("last_at", "").c_str());
  }
  if (exception.contains("retry_failed_at")) {
    std::printf("        a retry failed at %s", exception.value("retry_failed_at", "").c_str());
    if (exception.contains("first_reason")) {
      std::printf("; at first: %s", printable(exception.value("first_reason", "")).c_str());
    }
    std::puts("");
  }
  if (exception.contains("note")) {
    std::printf("        discarded: %s\n", printable(exception.value("note", "")).c_str());
  }
}

// A name misspelt would look like a driver that has none. One that is configured no more may have
// left some.
void refuse_unknown_driver(const Options& options, const std::string& driver) {
  if (driver.empty()) return;
  std::set<std::string> known;
  for (const config::Driver& each : load_config(options).config.drivers) known.insert(each.name);
  if (known.contains(driver)) return;
  const json answer =
      ask_agent_or_store(options, {{"request", "exceptions.drivers"}}, patience::lookup);
  if (answer.contains("error")) printed_as_json(options, answer);  // exits
  for (const json& name : answer["drivers"]) known.insert(name.get<std::string>());
  if (known.contains(driver)) return;
  std::string names;
  for (const std::string& name : known) names += (names.empty() ? "" : ", ") + name;
  throw CLI::ValidationError(
      "--driver", "there is no driver \"" + printable(driver) +
                      "\", neither in the configuration nor among the exceptions; " +
                      (names.empty() ? "there are none" : "there are: " + printable(names)));
}

ExitCode list(const Options& options, const Wanted& wanted) {
  refuse_unknown_driver(options, wanted.driver);
  const json request = {{"request", "exceptions.list"},
                        {"from", wanted.from},
                        {"limit", wanted.limit.value_or(default_limit)},
                        {"driver", wanted.driver},
                        {"state", wanted.state},
                        {"reason_contains", wanted.reason_contains}};
  if (wanted.csv) return print_csv(options, request, "exceptions", csv_columns, wanted.limit);
  const json answer = ask_agent_or_store(options, request, patience::lookup);
  if (printed_as_json(options, answer)) return fine;
  for (const json& exception : answer["exceptions"]) print_line(exception);
  if (answer["exceptions"].empty()) std::puts("no exceptions");
  if (!answer["next"].is_null()) {
    std::printf("more: --from %llu\n", answer["next"].get<unsigned long long>());
  }
  return fine;
}

// Laid out for a person where it is JSON.
std::string laid_out(const std::string& text) {
  const json document = json::parse(text, nullptr, false);
  return document.is_object() ? document.dump(2) + "\n" : text;
}

json question_about(std::uint64_t number) {
  return {{"request", "exceptions.show"}, {"number", number}};
}

ExitCode show(const Options& options, const Wanted& wanted) {
  const json answer = ask_agent_or_store(options, question_about(wanted.number), patience::lookup);
  if (printed_as_json(options, answer)) return fine;
  const json& exception = answer["exception"];
  print_line(exception);
  std::string kept = exception.value("masked", "");
  if (exception.value("kind", "") == "conflict") {
    std::printf("\n%s\nWhat came now:\n", conflict_text(exception).c_str());
    // As it was handed in: it never got a number.
    kept = laid_out(exception.value("submitted", ""));
  }
  std::printf("\n%s\n", printable_lines(kept).c_str());
  return fine;
}

// What is answered to several requests, as one answer.
struct Results {
  json list = json::array();

  void add(const json& answer) {
    for (const json& result : answer["results"]) list.push_back(result);
  }

  ExitCode print(const Options& options, const char* done_word) const {
    const bool all_done =
        std::ranges::all_of(list, [](const json& result) { return result.value("done", false); });
    if (printed_as_json(options, {{"results", list}})) return all_done ? fine : answer_is_no;
    for (const json& result : list) {
      const auto number = result["exception"].get<unsigned long long>();
      if (result.value("done", false)) {
        std::printf("%6llu  %s\n", number, done_word);
      } else {
        std::printf("%6llu  %s: %s\n", number, painted("not done", Tone::bad).c_str(),
                    printable(result.value("reason", "")).c_str());
      }
    }
    if (list.empty()) std::puts("no exceptions");
    return all_done ? fine : answer_is_no;
  }
};

// Asks for all numbers, in portions. An error ends the subcommand.
Results ask_in_portions(const Options& options, json request,
                        const std::vector<std::uint64_t>& numbers) {
  Results results;
  for (std::size_t at = 0; at < numbers.size(); at += numbers_per_request) {
    const auto begin = numbers.begin() + static_cast<std::ptrdiff_t>(at);
    const auto count = std::min(numbers_per_request, numbers.size() - at);
    request["numbers"] =
        std::vector<std::uint64_t>(begin, begin + static_cast<std::ptrdiff_t>(count));
    const json answer = ask(options, request, patience::lookup);
    if (answer.contains("error")) printed_as_json(options, answer);  // exits
    results.add(answer);
  }
  return results;
}

// All that can be handed in again: what is about an event in the outbox cannot.
std::vector<std::uint64_t> open_numbers(const Options& options, const std::string& driver) {
  std::vector<std::uint64_t> numbers;
  json from = 1;
  while (!from.is_null() && numbers.size() < most_at_once) {
    const json answer = ask(options,
                            {{"request", "exceptions.list"},
                             {"from", from},
                             {"limit", 1000},
                             {"driver", driver},
                             {"state", "open"}},
                            patience::lookup);
    if (answer.contains("error")) printed_as_json(options, answer);  // exits
    for (const json& exception : answer["exceptions"]) {
      const std::string kind = exception.value("kind", "");
      if (kind == "withheld" || kind == "rejected") continue;
      numbers.push_back(exception["number"].get<std::uint64_t>());
    }
    from = answer["next"];
  }
  return numbers;
}

// Once: the drivers whose deliveries are still mapped by another template than the one just used.
void tell_of_templates(const json& results) {
  std::set<std::string> told;
  for (const json& result : results) {
    if (!result.contains("template")) continue;
    const std::string name = result.value("template", ""),
                      used = result.value("template_version", "");
    std::string line = "by template " + name + " " + used;
    if (result.contains("driver_maps_by")) {
      line += " as its file is now; what comes in is mapped by " +
              version_words(result.value("driver_maps_by", ""), used) +
              " until: systemctl restart storeward";
    }
    if (told.insert(line).second) std::puts(printable(line).c_str());
  }
}

ExitCode retry(const Options& options, const Wanted& wanted) {
  if (wanted.all == !wanted.numbers.empty()) {
    throw CLI::ArgumentMismatch("which exceptions? Their numbers, or --all (of one --driver)");
  }
  refuse_unknown_driver(options, wanted.driver);
  const auto numbers = wanted.all ? open_numbers(options, wanted.driver) : wanted.numbers;
  const Results results = ask_in_portions(options, {{"request", "exceptions.retry"}}, numbers);
  const ExitCode code = results.print(options, "handed in again");
  if (!options.json) tell_of_templates(results.list);
  return code;
}

ExitCode discard(const Options& options, const Wanted& wanted) {
  return ask_in_portions(options, {{"request", "exceptions.discard"}, {"reason", wanted.reason}},
                         wanted.numbers)
      .print(options, "discarded");
}

std::string new_text(const Options& options, const Wanted& wanted) {
  if (!wanted.file.empty()) {
    auto text = text_of_file(wanted.file);
    if (text) return std::move(text).value();
    std::fprintf(stderr, "%s\n", text.error().message.c_str());
    throw Exit{answer_is_no};
  }
  const json answer = ask(options, question_about(wanted.number), patience::lookup);
  if (answer.contains("error")) printed_as_json(options, answer);  // exits
  auto edited = edited_by_person(laid_out(answer["exception"].value("submitted", "")));
  if (!edited) {
    std::fprintf(stderr, "%s\n", edited.error().message.c_str());
    throw Exit{answer_is_no};
  }
  if (!edited.value()) {
    std::fputs("left as it is\n", stderr);
    throw Exit{answer_is_no};
  }
  return *std::move(edited).value();
}

ExitCode edit(const Options& options, const Wanted& wanted) {
  const std::string text = new_text(options, wanted);
  // The editor's file has gone, and with it a quarter of an hour's work.
  const auto give_back = [&wanted, &text] {
    if (wanted.file.empty()) std::fprintf(stderr, "%s\n", mask_text(text).c_str());
  };
  json answer;
  try {
    answer =
        ask(options, {{"request", "exceptions.edit"}, {"number", wanted.number}, {"text", text}},
            patience::lookup);
  } catch (const Exit&) {
    give_back();
    throw;
  }
  if (answer.contains("error")) {
    give_back();
    printed_as_json(options, answer);  // exits
  }
  Results results;
  results.add(answer);
  if (!results.list.at(0).value("done", false)) give_back();
  const std::string number = std::to_string(wanted.number);
  const std::string wrong = printable(results.list.at(0).value("still_wrong", ""));
  const std::string next =
      wrong.empty() ? "edited; hand it in again: storeward exceptions retry " + number
                    : "edited, but a retry would fail: " + wrong +
                          "; correct that, too (storeward exceptions edit " + number +
                          "), or the template, then: storeward exceptions retry " + number;
  return results.print(options, next.c_str());
}

void add_looks(CLI::App& group, Chosen& chosen, const std::shared_ptr<Wanted>& wanted) {
  CLI::App* command = add(group, chosen, "list", "all of them, with their reasons", Prints::facts,
                          "  A look:\n    storeward exceptions list\n"
                          "  What is still to do for one driver:\n"
                          "    storeward exceptions list --state open --driver pos-files\n"
                          "  Further on:\n    storeward exceptions list --from 51\n"
                          "  All of them, for a spreadsheet:\n"
                          "    storeward exceptions list --state open --csv > exceptions.csv",
                          [wanted](const Options& options) { return list(options, *wanted); });
  command->add_option("--from", wanted->from, "first number")->check(is_number());
  command->add_option("--limit", wanted->limit, "how many (1 to 1000; 50, with --csv all)")
      ->check(CLI::Range(1, 1000));
  command->add_option("--driver", wanted->driver, "only of this driver");
  command->add_option("--state", wanted->state, "only in this state")
      ->check(CLI::IsMember({"open", "retried", "discarded", "superseded"}));
  command->add_option("--reason-contains", wanted->reason_contains, "only with this in the reason");
  add_csv_flag(*command, wanted->csv);
  command = add(group, chosen, "show", "one of them, with what was handed in (masked)",
                Prints::facts, "  Number 17:\n    storeward exceptions show 17",
                [wanted](const Options& options) { return show(options, *wanted); });
  command->add_option("number", wanted->number, "its number")->required()->check(is_number());
}

void add_steps(CLI::App& group, Chosen& chosen, const std::shared_ptr<Wanted>& wanted) {
  CLI::App* command =
      add(group, chosen, "retry", "hand in again, by the templates as they are now", Prints::facts,
          "  Two of them:\n    storeward exceptions retry 17 18\n"
          "  All of a driver, after its template was mended:\n"
          "    storeward exceptions retry --all --driver pos-files",
          [wanted](const Options& options) { return retry(options, *wanted); });
  command->add_option("numbers", wanted->numbers, "their numbers")->check(is_number());
  CLI::Option* const all = command->add_flag("--all", wanted->all, "all that are open");
  command->add_option("--driver", wanted->driver, "with --all: only of this driver")->needs(all);

  command = add(group, chosen, "edit", "correct what was handed in (masked)", Prints::facts,
                "  In your editor:\n    storeward exceptions edit 17\n"
                "  From a file, or - for standard input:\n"
                "    storeward exceptions edit 17 --file corrected.json",
                [wanted](const Options& options) { return edit(options, *wanted); });
  command->add_option("number", wanted->number, "its number")->required()->check(is_number());
  command->add_option("--file", wanted->file, "the corrected text")->type_name("FILE");

  command = add(group, chosen, "discard", "close without handing in", Prints::facts,
                "  With the reason, for those who ask later:\n"
                "    storeward exceptions discard 17 18 --reason \"test receipts of the fitter\"",
                [wanted](const Options& options) { return discard(options, *wanted); });
  command->add_option("numbers", wanted->numbers, "their numbers")->required()->check(is_number());
  command->add_option("--reason", wanted->reason, "why")->required();
}

}  // namespace

void add_exceptions(CLI::App& app, Chosen& chosen) {
  CLI::App* group = add_group(app, chosen, "exceptions", "deliveries that could not become events");
  const auto wanted = std::make_shared<Wanted>();
  add_looks(*group, chosen, wanted);
  add_steps(*group, chosen, wanted);
}

}  // namespace storeward::cli
