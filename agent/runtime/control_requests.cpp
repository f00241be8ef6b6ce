#include "agent/runtime/control_requests.h"

#include <nlohmann/json.hpp>

#include <utility>

#include "agent/base/json_dump.h"
#include "agent/base/log.h"
#include "agent/core/masking.h"
#include "agent/runtime/control_request.h"
#include "agent/runtime/store_questions.h"

namespace storeward {

using nlohmann::json;

void ControlRequests::handle(const std::string& request, const ControlPeer& peer,
                             ControlServer::Reply reply) {
  const auto read = request_name(request);
  if (!read) return reply(error_answer(read.error().message));
  const std::string& name = *read;
  if (name == "status") return reply(to_json(parts_.status()));
  if (name == "outbox.replay") return replay(request, peer, std::move(reply));
  if (name == "reload") {
    return audited({actor_of(peer), "reload", "configuration", ""}, std::move(reply),
                   [this] { return parts_.reload(); });
  }
  if (name == "exceptions.retry") return parts_.exceptions.retry(json::parse(request), peer, reply);
  if (name == "exceptions.edit") return parts_.exceptions.edit(json::parse(request), peer, reply);
  if (name == "exceptions.discard") {
    return parts_.exceptions.discard(json::parse(request), peer, reply);
  }
  if (name == "drivers.answer") return answer_driver(request, peer, std::move(reply));
  if (!is_store_question(name)) return reply(error_answer("the request is unknown"));
  const bool asked = parts_.desk.ask(
      [request](store::OutboxReader& reader) { return answer_from_store(reader, request); },
      [this, name, reply](std::string answer) {
        reply(name == "trace" ? with_times(answer) : std::move(answer));
      });
  if (!asked) reply(error_answer("too many questions wait; ask again later"));
}

void ControlRequests::replay(const std::string& request, const ControlPeer& peer,
                             ControlServer::Reply reply) {
  const auto command = replay_command(request, parts_.status().epoch);
  if (!command) return reply(error_answer(command.error().message));
  const auto& [first, last] = command->range;
  const std::string subject = std::string(name_of(command->stream.stream)) + " " +
                              std::to_string(first) + " to " + std::to_string(last);
  audited({actor_of(peer), "outbox.replay", subject, "epoch " + command->stream.epoch},
          std::move(reply),
          [this, command = *command] { return to_json(parts_.forward.replay(command)); });
}

void ControlRequests::answer_driver(const std::string& request, const ControlPeer& peer,
                                    ControlServer::Reply reply) {
  const json asked = json::parse(request);
  const json driver = asked.value("driver", json()), word = asked.value("answer", json());
  if (!driver.is_string() || !word.is_string())
    return reply(error_answer("driver and answer are texts"));
  audited({actor_of(peer), "drivers.answer", driver.get<std::string>(), word.get<std::string>()},
          std::move(reply), [this, driver, word] {
            const auto done =
                parts_.answer_driver(driver.get<std::string>(), word.get<std::string>());
            return done ? json{{"answered", driver}}.dump() : error_answer(done.error().message);
          });
}

void ControlRequests::audited(AuditEntry entry, ControlServer::Reply reply,
                              std::function<std::string()> then) {
  // As it was asked for: whatever numbers stand in it.
  entry.subject = mask_text(entry.subject);
  entry.detail = mask_text(entry.detail);
  log::info("{} asks: {} {}", entry.actor, entry.action, entry.subject);
  OperatorAction note;
  note.audit = std::move(entry);
  const bool taken = parts_.store.act(
      {std::move(note)}, [reply, then = std::move(then)](const StoreThread::ActResult& result) {
        if (!result) return reply(error_answer(result.error().reason));
        const std::string& refusal = result.value().front();
        reply(refusal.empty() ? then() : error_answer(refusal));
      });
  if (!taken) reply(error_answer("too much is waiting to be stored; try again"));
}

// Adds the times that are remembered to the steps the store knows of.
std::string ControlRequests::with_times(const std::string& trace) const {
  static constexpr std::pair<const char*, Milestone> steps[] = {
      {"published", Milestone::published},
      {"broker-acked", Milestone::broker_acked},
      {"confirmed", Milestone::confirmed}};
  json document = json::parse(trace);
  for (json& event : document["events"]) {
    if (event["sequence"].is_null()) continue;  // a snapshot that waits
    const auto stream = stream_named(event["stream"].get<std::string>());
    const StreamKey key{event["epoch"], *stream};
    const auto sequence = event["sequence"].get<Sequence>();
    for (json& step : event["steps"]) {
      for (const auto& [name, milestone] : steps) {
        if (step["step"] != name) continue;
        const auto at = parts_.forward.milestones().passed(milestone, key, sequence);
        if (!at) continue;
        step["done"] = true;
        step["at"] = to_rfc3339(*at);
      }
    }
  }
  return dumped(document);
}

}  // namespace storeward
