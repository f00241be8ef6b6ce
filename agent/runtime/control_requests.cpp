#include "agent/runtime/control_requests.h"

#include <nlohmann/json.hpp>

#include <utility>

#include "agent/base/log.h"
#include "agent/runtime/control_request.h"
#include "agent/runtime/store_questions.h"

namespace storeward {
namespace {

using nlohmann::json;

std::string error(std::string_view reason) {
  return json{{"error", reason}}.dump();
}

}  // namespace

void ControlRequests::handle(const std::string& request, const ControlPeer& peer,
                             ControlServer::Reply reply) {
  const auto read = request_name(request);
  if (!read) return reply(error(read.error().message));
  const std::string& name = *read;
  if (name == "status") return reply(to_json(parts_.status()));
  if (name == "outbox.replay") return reply(replay(request, peer));
  if (name == "reload") {
    log::info("user {} (process {}) asks to reload", peer.user_id, peer.process_id);
    return reply(parts_.reload());
  }
  if (!is_store_question(name)) return reply(error("the request is unknown"));
  const bool asked = parts_.desk.ask(
      [request](store::OutboxReader& reader) { return answer_from_store(reader, request); },
      [this, name, reply](std::string answer) {
        reply(name == "trace" ? with_times(answer) : std::move(answer));
      });
  if (!asked) reply(error("too many questions wait; ask again later"));
}

std::string ControlRequests::replay(const std::string& request, const ControlPeer& peer) {
  const auto command = replay_command(request, parts_.status().epoch);
  if (!command) return error(command.error().message);
  log::info("user {} (process {}) asks to replay {} {}..{}", peer.user_id, peer.process_id,
            name_of(command->stream.stream), command->range.first, command->range.last);
  return to_json(parts_.forward.replay(*command));
}

// Adds the times that are remembered to the steps the store knows of.
std::string ControlRequests::with_times(const std::string& trace) const {
  static constexpr std::pair<const char*, Milestone> steps[] = {
      {"published", Milestone::published},
      {"broker-acked", Milestone::broker_acked},
      {"confirmed", Milestone::confirmed}};
  json document = json::parse(trace);
  for (json& event : document["events"]) {
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
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace storeward
