#include "agent/runtime/intake_answers.h"

#include "agent/core/json_text.h"

namespace storeward {
namespace {

std::string_view name_of(ItemStatus status) {
  switch (status) {
    case ItemStatus::stored:
      return "stored";
    case ItemStatus::duplicate:
      return "duplicate";
    case ItemStatus::quarantined:
      return "quarantined";
    case ItemStatus::conflict:
      return "conflict";
    case ItemStatus::ignored:
      return "ignored";
    case ItemStatus::refused:
      return "refused";
  }
  return "quarantined";
}

void append_outcome(std::string& json, const ItemOutcome& outcome) {
  json += '{';
  if (outcome.status != ItemStatus::ignored) {  // no event, no id
    json += R"("id":)";
    json_text::append_string(json, outcome.id);
    json += ',';
  }
  json += R"("status":")";
  json += name_of(outcome.status);
  json += '"';
  if (outcome.stream) {
    json += R"(,"stream":")";
    json += name_of(*outcome.stream);
    json += '"';
  }
  if (outcome.exception != 0) {
    json += R"(,"exception":)";
    json_text::append_number(json, outcome.exception);
  }
  if (outcome.sequence != 0) {
    json += R"(,"sequence":)";
    json_text::append_number(json, outcome.sequence);
  }
  if (!outcome.reason.empty()) {
    json += R"(,"reason":)";
    json_text::append_string(json, outcome.reason);
  }
  json += '}';
}

}  // namespace

std::string to_json(const std::vector<ItemOutcome>& outcomes) {
  std::string json;
  json.reserve(16 + outcomes.size() * 96);
  json += R"({"results":[)";
  for (const ItemOutcome& outcome : outcomes) {
    if (&outcome != outcomes.data()) json += ',';
    append_outcome(json, outcome);
  }
  json += "]}";
  return json;
}

http::HttpResponse unavailable(std::string_view reason, std::uint32_t retry_after_s) {
  http::HttpResponse response =
      http::error_response(503, reason, "hand it in again after Retry-After seconds");
  response.headers.emplace_back("Retry-After", std::to_string(retry_after_s));
  return response;
}

http::HttpResponse only_post() {
  http::HttpResponse response = http::error_response(405, "only POST is possible here");
  response.headers.emplace_back("Allow", "POST");
  return response;
}

http::HttpResponse too_fast(std::uint32_t retry_after_s) {
  http::HttpResponse response =
      http::error_response(429, "this client hands in more than its max_events_per_s");
  response.headers.emplace_back("Retry-After", std::to_string(retry_after_s));
  return response;
}

}  // namespace storeward
