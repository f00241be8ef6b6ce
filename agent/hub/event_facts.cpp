#include "agent/hub/event_facts.h"

#include <simdjson.h>

#include <charconv>

#include "agent/core/value_rules.h"

namespace storeward::hub {
namespace {

using simdjson::dom::element;

constexpr std::size_t max_name_bytes = 1024;
constexpr std::size_t max_revision_bytes = 64;
constexpr std::int64_t max_amount_minor =
    1'000'000'000'000;  // no till counts further; sums stay in 64 bits

std::string_view text_of(simdjson::simdjson_result<element> member) {
  std::string_view text;
  return member.get(text) == simdjson::SUCCESS ? text : std::string_view();
}

// Both as JSON number and as text, since CloudEvents extensions may be either.
std::string revision_of(element event) {
  std::int64_t number = 0;
  if (event["revision"].get(number) == simdjson::SUCCESS) return std::to_string(number);
  const std::string_view text = text_of(event["revision"]);
  return text.empty() ? "1" : std::string(text);
}

// Only what is plain ASCII goes into the totals' keys.
std::string date_of(std::string_view text) {
  text = text.substr(0, 10);
  const bool is_date = text.size() == 10 && text.find_first_not_of("0123456789-") == text.npos;
  return is_date ? std::string(text) : std::string();
}

// Shorter than a Decimal may be, so that a sum of them stays one.
void add_quantity(simdjson::simdjson_result<element> quantity, Decimal& units) {
  const std::string_view value = text_of(quantity["value"]);
  if (is_decimal(value)) units += *Decimal::parse(value);
}

void read_data(element event, EventFacts& facts) {
  element data;
  if (event["data"].get(data) != simdjson::SUCCESS) return;
  const std::string day = date_of(text_of(data["businessDate"]));
  if (!day.empty()) facts.day = day;
  simdjson::dom::array lines;
  if (data["lines"].get(lines) == simdjson::SUCCESS) {
    for (const element line : lines) {
      ++facts.lines;
      add_quantity(line["quantity"], facts.units);
    }
  } else if (element quantity; data["quantity"].get(quantity) == simdjson::SUCCESS) {
    facts.lines = 1;  // a stock movement is one line by itself
    add_quantity(data["quantity"], facts.units);
  }
  element gross;
  std::int64_t minor = 0;
  if (data["totals"]["gross"].get(gross) == simdjson::SUCCESS &&
      gross["amountMinor"].get(minor) == simdjson::SUCCESS && minor <= max_amount_minor &&
      minor >= -max_amount_minor && is_currency(text_of(gross["currency"]))) {
    facts.gross_minor = minor;
    facts.currency = text_of(gross["currency"]);
  }
}

}  // namespace

Result<EventFacts> read_event(std::string_view bytes) {
  thread_local simdjson::dom::parser parser;
  element event;
  if (const auto error = parser.parse(bytes.data(), bytes.size()).get(event)) {
    return fail(std::string("the event is no JSON: ") + simdjson::error_message(error));
  }
  EventFacts facts;
  const auto read = [event](const char* name, std::string& into) {
    const std::string_view text = text_of(event[name]);
    if (text.empty() || text.size() > max_name_bytes) return false;
    into = text;
    return true;
  };
  if (!read("epoch", facts.epoch)) return fail("epoch: missing or no text of up to 1024 bytes");
  const std::string_view number = text_of(event["sequence"]);
  const auto end = number.data() + number.size();
  const auto parsed = std::from_chars(number.data(), end, facts.sequence);
  if (number.empty() || parsed.ec != std::errc{} || parsed.ptr != end || facts.sequence < 1 ||
      facts.sequence > max_told_sequence) {
    return fail("sequence: missing or no decimal text from 1");
  }
  if (!read("source", facts.source)) return fail("source: missing or no text of up to 1024 bytes");
  if (!read("id", facts.id)) return fail("id: missing or no text of up to 1024 bytes");
  if (!read("type", facts.type)) return fail("type: missing or no text of up to 1024 bytes");
  facts.revision = revision_of(event);
  if (facts.revision.size() > max_revision_bytes) return fail("revision: longer than 64 bytes");
  facts.time = text_of(event["time"]);
  facts.day = date_of(facts.time);
  read_data(event, facts);
  return facts;
}

}  // namespace storeward::hub
