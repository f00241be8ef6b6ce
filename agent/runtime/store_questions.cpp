#include "agent/runtime/store_questions.h"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "agent/base/json_dump.h"
#include "agent/core/event_differences.h"
#include "agent/core/exception_text.h"

namespace storeward {
namespace {

using nlohmann::json;
using store::OutboxReader;

constexpr std::size_t default_limit = 50;
constexpr std::size_t max_limit = 1000;

// Stops a question with the reason why it cannot be answered.
struct NoAnswer {
  std::string reason;
  bool storage = false;  // the disk or the database is at fault, not the question
  bool damaged = false;
};

template <typename T>
T must(store::StoreResult<T> result) {
  if (!result) {
    const auto& [kind, message] = result.error();
    throw NoAnswer{message, true, kind == store::StoreFailure::corrupt};
  }
  return std::move(result).value();
}

std::uint64_t number_in(const json& request, const char* name, std::uint64_t otherwise) {
  const auto field = request.find(name);
  if (field == request.end()) return otherwise;
  if (!field->is_number_unsigned()) throw NoAnswer{std::string(name) + " is not a number"};
  return field->get<std::uint64_t>();
}

std::size_t limit_in(const json& request) {
  return std::clamp<std::size_t>(number_in(request, "limit", default_limit), 1, max_limit);
}

Stream stream_in(const json& request) {
  const std::string name = request.value("stream", std::string());
  const auto stream = stream_named(name);
  if (!stream) {
    throw NoAnswer{"stream \"" + name +
                   "\" is unknown; known: sales, finance, orders, stock, levels, master, ops"};
  }
  return *stream;
}

// The epoch asked for, or the one that was begun last (epochs are UUIDv7: they sort by time).
StreamKey key_in(const json& request, const std::vector<StreamState>& streams) {
  StreamKey key{request.value("epoch", std::string()), stream_in(request)};
  if (!key.epoch.empty()) return key;
  for (const StreamState& state : streams) {
    if (state.stream.stream == key.stream) key.epoch = std::max(key.epoch, state.stream.epoch);
  }
  return key;
}

json to_document(const StreamState& state) {
  json absent = json::array();
  for (const AbsentRange& range : state.head.absent) {
    absent.push_back({range.range.first, range.range.last, name_of(range.reason)});
  }
  return {{"epoch", state.stream.epoch},       {"stream", name_of(state.stream.stream)},
          {"first", state.head.first},         {"last", state.head.last},
          {"published", state.head.published}, {"confirmed", state.head.confirmed},
          {"absent", std::move(absent)}};
}

json place_of(const store::StoredEvent& stored) {
  return {{"epoch", stored.stream.epoch},
          {"stream", name_of(stored.stream.stream)},
          {"sequence", stored.sequence == 0 ? json(nullptr) : json(stored.sequence)},
          {"withheld", stored.withheld}};
}

json summary_of(const store::StoredEvent& stored) {
  json line = place_of(stored);
  const json event = json::parse(stored.bytes, nullptr, false);
  for (const char* name : {"id", "type", "source", "recordedtime"})
    line[name] = event.value(name, "");
  if (stored.sequence == 0) line["recordedtime"] = nullptr;  // a snapshot that waits has none yet
  line["bytes"] = stored.bytes.size();
  return line;
}

json list_outbox(OutboxReader& reader, const json& request) {
  const auto streams = must(reader.streams());
  json answer = {{"streams", json::array()},
                 {"missing", json::array()},
                 {"events", json::array()},
                 {"next", nullptr}};
  for (const StreamState& state : streams) answer["streams"].push_back(to_document(state));
  for (const auto& [stream, range] : must(reader.missing_ends())) {
    answer["missing"].push_back({{"epoch", stream.epoch},
                                 {"stream", name_of(stream.stream)},
                                 {"from", range.first},
                                 {"to", range.last}});
  }
  if (!request.contains("stream")) return answer;
  const StreamKey key = key_in(request, streams);
  const std::size_t limit = limit_in(request);
  const auto events = must(reader.list(key, number_in(request, "from", 1), limit));
  for (const auto& stored : events) answer["events"].push_back(summary_of(stored));
  if (events.size() == limit) answer["next"] = events.back().sequence + 1;
  return answer;
}

std::vector<store::StoredEvent> find_events(OutboxReader& reader, const json& request) {
  if (request.contains("id")) return must(reader.find(request.value("id", std::string())));
  const StreamKey key = key_in(request, must(reader.streams()));
  const Sequence sequence = number_in(request, "sequence", 0);
  auto events = must(reader.list(key, sequence, 1));
  std::erase_if(events, [sequence](const auto& stored) { return stored.sequence != sequence; });
  return events;
}

json show_outbox(OutboxReader& reader, const json& request) {
  json answer = {{"events", json::array()}};
  for (const auto& stored : find_events(reader, request)) {
    json entry = place_of(stored);
    entry["event"] = json::parse(stored.bytes, nullptr, false);
    answer["events"].push_back(std::move(entry));
  }
  return answer;
}

json to_document(const store::Exception& exception, bool whole) {
  json document = {
      {"number", exception.number}, {"state", exception.state}, {"kind", exception.kind},
      {"source", exception.source}, {"id", exception.id},       {"revision", exception.revision},
      {"reason", exception.reason}, {"at", exception.at},       {"times", exception.times}};
  if (!exception.last_at.empty()) document["last_at"] = exception.last_at;
  const Origin& origin = exception.origin;
  if (!origin.driver.empty()) {
    document["driver"] = origin.driver;
    document["place"] = origin.place;
  }
  if (!origin.template_name.empty()) {
    document["template"] = origin.template_name;
    document["template_version"] = origin.template_version;
    if (!origin.template_extends.empty()) document["template_extends"] = origin.template_extends;
  }
  if (whole && json::accept(origin.given)) document["given"] = json::parse(origin.given);
  if (!exception.first_reason.empty()) document["first_reason"] = exception.first_reason;
  if (!exception.retry_failed_at.empty()) document["retry_failed_at"] = exception.retry_failed_at;
  if (!exception.note.empty()) document["note"] = exception.note;
  if (exception.stream) {
    document["stream"] = name_of(exception.stream->stream);
    document["epoch"] = exception.stream->epoch;
    document["sequence"] = exception.sequence;
  }
  if (whole) {
    document["masked"] = exception.masked;
    document["submitted"] = submitted_form(exception.masked);
  }
  return document;
}

json list_exceptions(OutboxReader& reader, const json& request) {
  const std::size_t limit = limit_in(request);
  json answer = {{"exceptions", json::array()}, {"next", nullptr}};
  store::ExceptionFilter filter{.from = number_in(request, "from", 1), .limit = limit};
  filter.driver = request.value("driver", std::string());
  filter.state = request.value("state", std::string());
  filter.reason_contains = request.value("reason_contains", std::string());
  filter.with_text = false;
  const auto exceptions = must(reader.exceptions(filter));
  for (const auto& exception : exceptions)
    answer["exceptions"].push_back(to_document(exception, false));
  if (exceptions.size() == limit) answer["next"] = exceptions.back().number + 1;
  return answer;
}

// Of what a conflict contradicts: where it was put and, while it is still here, who it is and what
// differs. The outbox forgets what the hub has confirmed, but for its digest.
json earlier_of(OutboxReader& reader, const store::Exception& exception) {
  json earlier = {{"held", false}};
  if (!exception.stream) return earlier;
  earlier["stream"] = name_of(exception.stream->stream);
  earlier["epoch"] = exception.stream->epoch;
  earlier["sequence"] = exception.sequence;
  const auto found = must(reader.list(*exception.stream, exception.sequence, 1));
  if (found.empty() || found.front().sequence != exception.sequence) return earlier;
  earlier["held"] = true;
  const json event = json::parse(found.front().bytes, nullptr, false);
  for (const char* name : {"id", "source", "type", "recordedtime"}) {
    earlier[name] = event.value(name, "");
  }
  const json::json_pointer origin("/data/origin");
  if (event.contains(origin)) earlier["origin"] = event[origin];
  const auto differences = event_differences(found.front().bytes, exception.masked);
  if (!differences) return earlier;
  earlier["differences"] = json::array();
  for (const FieldDifference& difference : differences->fields) {
    json entry = {{"field", difference.field}};
    if (difference.earlier) entry["earlier"] = *difference.earlier;
    if (difference.later) entry["later"] = *difference.later;
    earlier["differences"].push_back(std::move(entry));
  }
  earlier["more_differences"] = differences->more;
  return earlier;
}

json show_exception(OutboxReader& reader, const json& request) {
  const std::uint64_t number = number_in(request, "number", 0);
  const auto exception = must(reader.exception(number));
  if (!exception) throw NoAnswer{"there is no exception " + std::to_string(number)};
  json document = to_document(*exception, true);
  if (exception->kind == "conflict") document["accepted_earlier"] = earlier_of(reader, *exception);
  return {{"exception", std::move(document)}};
}

json exception_drivers(OutboxReader& reader, const json&) {
  return {{"drivers", must(reader.exception_drivers())}};
}

json list_audit(OutboxReader& reader, const json& request) {
  const std::size_t limit = limit_in(request);
  json answer = {{"entries", json::array()}, {"next", nullptr}};
  const auto lines = must(reader.audit(number_in(request, "from", 1), limit));
  for (const store::AuditLine& line : lines) {
    json entry = json::parse(line.record, nullptr, false);
    if (!entry.is_object()) entry = {{"number", line.number}, {"unreadable", line.record}};
    entry["chain"] = line.chain;
    answer["entries"].push_back(std::move(entry));
  }
  if (lines.size() == limit) answer["next"] = lines.back().number + 1;
  return answer;
}

// What the store knows of an event's way; a running agent adds the times it remembers.
json trace(OutboxReader& reader, const json& request) {
  const auto streams = must(reader.streams());
  json answer = {{"events", json::array()}};
  for (const auto& stored : must(reader.find(request.value("id", std::string())))) {
    json entry = summary_of(stored);
    const auto state = std::ranges::find(streams, stored.stream, &StreamState::stream);
    const StreamHead head = state == streams.end() ? StreamHead{} : state->head;
    entry["steps"] = {{{"step", "committed"}, {"done", true}, {"at", entry["recordedtime"]}}};
    if (stored.withheld) {
      entry["steps"].push_back({{"step", "withheld"}, {"done", true}, {"at", nullptr}});
      answer["events"].push_back(std::move(entry));
      continue;
    }
    const bool has_number = stored.sequence != 0;
    const auto step = [&](const char* name, Sequence through) {
      entry["steps"].push_back(
          {{"step", name}, {"done", has_number && stored.sequence <= through}, {"at", nullptr}});
    };
    step("published", std::max(head.published, head.confirmed));
    step("broker-acked", std::max(head.published, head.confirmed));
    step("confirmed", head.confirmed);
    answer["events"].push_back(std::move(entry));
  }
  return answer;
}

json verify(OutboxReader& reader, const json&) {
  const auto report = must(reader.verify([](std::uint64_t) {}));
  json answer = {{"events", report.events}, {"findings", json::array()}};
  for (const auto& finding : report.findings) {
    answer["findings"].push_back(
        {{"place", finding.place}, {"what", finding.what}, {"in_audit", finding.in_audit}});
  }
  return answer;
}

struct Question {
  std::string_view name;
  json (*answer)(OutboxReader&, const json&);
};

constexpr Question questions[] = {{"outbox.list", list_outbox},
                                  {"outbox.show", show_outbox},
                                  {"exceptions.list", list_exceptions},
                                  {"exceptions.show", show_exception},
                                  {"exceptions.drivers", exception_drivers},
                                  {"audit.list", list_audit},
                                  {"trace", trace},
                                  {"verify", verify}};

}  // namespace

bool is_store_question(std::string_view name) {
  return std::ranges::find(questions, name, &Question::name) != std::end(questions);
}

std::string answer_from_store(OutboxReader& reader, std::string_view text) {
  json answer;
  try {
    const json request = json::parse(text);
    const auto* question =
        std::ranges::find(questions, request.value("request", std::string()), &Question::name);
    if (question == std::end(questions)) throw NoAnswer{"the request is unknown"};
    answer = question->answer(reader, request);
  } catch (const NoAnswer& reason) {
    answer = {{"error", reason.reason}};
    if (reason.storage) answer["storage"] = true;
    if (reason.damaged) answer["damaged"] = true;
  } catch (const json::exception&) {
    answer = {{"error", "the request is no JSON object of the right shape"}};
  }
  return dumped(answer);
}

}  // namespace storeward
