#include <cstdio>

#include "agent/base/grouped.h"
#include "agent/base/json_dump.h"
#include "agent/cli/subcommand.h"
#include "agent/cli/terminal.h"

namespace storeward::cli {
namespace {

using nlohmann::json;

// The arguments of the outbox's subcommands, filled while the command line is read.
struct Place {
  std::string id, stream, epoch;
  std::uint64_t sequence = 0, from = 0, to = 0, limit = 50;

  json request(const char* name) const {
    json request = {{"request", name}};
    if (!id.empty()) request["id"] = id;
    if (!stream.empty()) request["stream"] = stream;
    if (!epoch.empty()) request["epoch"] = epoch;
    return request;
  }
};

void print_streams(const json& streams) {
  std::printf("%-36s  %-8s %12s %12s %12s %12s\n", "epoch", "stream", "first", "last", "published",
              "confirmed");
  for (const json& stream : streams) {
    const auto number = [&stream](const char* field) {
      return grouped(stream[field].get<std::uint64_t>());
    };
    std::printf("%-36s  %-8s %12s %12s %12s %12s\n", stream.value("epoch", "").c_str(),
                stream.value("stream", "").c_str(), number("first").c_str(), number("last").c_str(),
                number("published").c_str(), number("confirmed").c_str());
  }
}

void warn_of_missing(const json& missing) {
  for (const json& end : missing) {
    std::printf("%s: %s %llu to %llu of epoch %s, the newest commits. Next: storeward verify\n",
                painted("MISSING", Tone::bad).c_str(), end.value("stream", "").c_str(),
                end["from"].get<unsigned long long>(), end["to"].get<unsigned long long>(),
                end.value("epoch", "").c_str());
  }
}

// Sequences without separators: they are what --from and --sequence take.
ExitCode list(const Options& options, const Place& place) {
  json request = place.request("outbox.list");
  request["limit"] = place.limit;
  if (place.from > 0) request["from"] = place.from;
  const json answer = ask_agent_or_store(options, request, patience::lookup);
  if (printed_as_json(options, answer)) return fine;
  warn_of_missing(answer["missing"]);
  if (place.stream.empty()) {
    print_streams(answer["streams"]);
    return fine;
  }
  for (const json& event : answer["events"]) {
    std::printf("%20llu  %s  %-32s %s%s\n", event["sequence"].get<unsigned long long>(),
                event.value("recordedtime", "").c_str(), printable(event.value("type", "")).c_str(),
                printable(event.value("id", "")).c_str(),
                event.value("withheld", false) ? "  (withheld)" : "");
  }
  if (answer["events"].empty()) {
    std::printf("no events of %s%s\n", place.stream.c_str(),
                place.from > 1 ? " from there on" : "");
  }
  if (!answer["next"].is_null()) {
    std::printf("more: --from %llu\n", answer["next"].get<unsigned long long>());
  }
  return fine;
}

ExitCode show(const Options& options, const Place& place) {
  const bool by_id = !place.id.empty();
  const bool by_number = !place.stream.empty() && place.sequence > 0;
  const bool mixed = by_id && (!place.stream.empty() || place.sequence > 0 || !place.epoch.empty());
  if (by_id == by_number || mixed) {
    throw CLI::ArgumentMismatch(
        "which event? Write storeward outbox show ID, or\n"
        "storeward outbox show --stream STREAM --sequence NUMBER (--epoch too for an older one).\n"
        "A whole stream: storeward outbox list --stream STREAM");
  }
  json request = place.request("outbox.show");
  if (place.sequence > 0) request["sequence"] = place.sequence;
  const json answer = ask_agent_or_store(options, request, patience::lookup);
  const bool found = !answer.contains("events") || !answer["events"].empty();
  if (printed_as_json(options, answer)) return found ? fine : answer_is_no;
  for (const json& entry : answer["events"]) {
    std::printf("%s %s, %s%s\n%s\n", entry.value("epoch", "").c_str(),
                entry.value("stream", "").c_str(), number_in_words(entry).c_str(),
                entry.value("withheld", false) ? " (withheld)" : "",
                printable_lines(dumped(entry["event"], 2)).c_str());
  }
  if (!found)
    std::fputs("the outbox holds no such event (it may have been confirmed and pruned)\n", stderr);
  return found ? fine : answer_is_no;
}

ExitCode replay(const Options& options, const Place& place) {
  if (place.from > place.to) {
    throw CLI::ValidationError("--to", "is before --from; write the smaller number first");
  }
  json request = place.request("outbox.replay");
  request["from"] = place.from;
  request["to"] = place.to;
  const json answer = ask(options, request, patience::lookup);
  const bool ok = answer.value("ok", false) && !answer["accepted"].empty();
  if (printed_as_json(options, answer)) return ok ? fine : answer_is_no;
  for (const json& range : answer["accepted"]) {
    std::printf("will be sent again: %llu to %llu\n", range[0].get<unsigned long long>(),
                range[1].get<unsigned long long>());
  }
  for (const json& range : answer["unavailable"]) {
    std::printf("not here any more: %llu to %llu\n", range[0].get<unsigned long long>(),
                range[1].get<unsigned long long>());
  }
  if (!ok)
    std::fprintf(stderr, "%s\n", answer.value("reason", "nothing can be sent again").c_str());
  return ok ? fine : answer_is_no;
}

}  // namespace

void add_outbox(CLI::App& app, Chosen& chosen) {
  CLI::App* group = add_group(app, chosen, "outbox", "look at what is kept, send it again");
  const auto place = std::make_shared<Place>();
  CLI::App* command =
      add(*group, chosen, "list", "streams, or the events of one", Prints::facts,
          "  All streams:\n    storeward outbox list\n"
          "  Sales from number 4700 on:\n    storeward outbox list --stream sales --from 4700",
          [place](const Options& options) { return list(options, *place); });
  add_stream_option(*command, place->stream, "only this one, event by event");
  command->add_option("--epoch", place->epoch, "another epoch than the current one");
  command->add_option("--from", place->from, "first sequence")->check(is_number());
  command->add_option("--limit", place->limit, "how many (1 to 1000)")->check(CLI::Range(1, 1000));

  command = add(*group, chosen, "show", "one event, whole", Prints::facts,
                "  By its id:\n    storeward outbox show till3-000123\n"
                "  By its number:\n    storeward outbox show --stream sales --sequence 4711",
                [place](const Options& options) { return show(options, *place); });
  command->add_option("id", place->id, "the event's id");
  add_stream_option(*command, place->stream, "its stream");
  command->add_option("--sequence", place->sequence, "its number")->check(is_number());
  command->add_option("--epoch", place->epoch, "another epoch than the current one");

  command =
      add(*group, chosen, "replay", "send events again (the hub knows repeats)", Prints::facts,
          "  Sales 1 to 99:\n    storeward outbox replay --stream sales --from 1 --to 99",
          [place](const Options& options) { return replay(options, *place); });
  add_stream_option(*command, place->stream, "the stream")->required();
  command->add_option("--epoch", place->epoch, "another epoch than the current one");
  command->add_option("--from", place->from, "first sequence")->required()->check(is_number());
  command->add_option("--to", place->to, "last sequence")->required()->check(is_number());
}

}  // namespace storeward::cli
