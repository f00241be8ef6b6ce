#include "agent/runtime/intake_answers.h"

#include "agent/core/outcome_json.h"

namespace storeward {

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
