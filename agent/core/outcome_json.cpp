#include "agent/core/outcome_json.h"

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

}  // namespace

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
    json += storeward::name_of(*outcome.stream);
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

}  // namespace storeward
