#include "agent/till/answer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace storeward::till {
namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : "";
}

// What the agent says is wrong: a member `reason` or `error` of the body, or its beginning.
std::string reason_in(std::string_view body) {
  const json document = json::parse(body, nullptr, false);
  if (document.is_object()) {
    for (const char* name : {"reason", "error"}) {
      std::string reason = text_of(document, name);
      if (!reason.empty()) return reason;
    }
  }
  std::string beginning(body.substr(0, 200));
  std::replace_if(
      beginning.begin(), beginning.end(), [](unsigned char c) { return c < 0x20; }, ' ');
  return beginning;
}

EventAnswer event_answer(const json& result) {
  const std::string status = text_of(result, "status");
  if (status == "stored") return {Fate::stored, status, {}};
  if (status == "duplicate") return {Fate::duplicate, status, {}};
  std::string reason = text_of(result, "reason");
  const auto exception = result.find("exception");
  if (exception != result.end() && exception->is_number_integer()) {
    reason += " (exception " + std::to_string(exception->get<std::int64_t>()) + ")";
  }
  return {Fate::not_stored, status.empty() ? "no status" : status, reason};
}

Answer give_up(std::string reason) {
  return {Answer::Verdict::give_up, std::move(reason), {}};
}

// 200: results stand in the order of the events; each names its own.
Answer read_results(std::string_view body, std::span<const TillEvent> sent) {
  const json document = json::parse(body, nullptr, false);
  const json results = document.is_object() ? document.value("results", json()) : json();
  if (!results.is_array() || results.size() != sent.size()) {
    return give_up("the answer is not one of an agent: expected " + std::to_string(sent.size()) +
                   " results, got: " + std::string(body.substr(0, 200)));
  }
  Answer answer{Answer::Verdict::answered, {}, {}};
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (!results[i].is_object() || text_of(results[i], "id") != sent[i].id) {
      return give_up("the answer does not name event " + sent[i].id + " where it should");
    }
    answer.events.push_back(event_answer(results[i]));
  }
  return answer;
}

}  // namespace

Answer read_answer(long status, std::string_view body, std::span<const TillEvent> sent) {
  if (status == 200) return read_results(body, sent);
  const std::string said = "HTTP " + std::to_string(status) + " " + reason_in(body);
  if (status == 408 || status == 425 || status == 429 || status >= 500) {
    return {Answer::Verdict::try_later, said, {}};
  }
  if (status == 400 || status == 413) {
    return {Answer::Verdict::answered, {}, {sent.size(), {Fate::not_stored, "refused", said}}};
  }
  if (status == 401)
    return give_up(said + "; is the token in --token-file the one of this client?");
  if (status == 403)
    return give_up(said + "; --source must be the client's name or one of its sources");
  return give_up(said + "; is --to the address of an agent's intake?");
}

}  // namespace storeward::till
