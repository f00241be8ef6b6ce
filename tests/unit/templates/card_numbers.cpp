#include "tests/unit/templates/card_numbers.h"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include <iterator>
#include <sstream>
#include <vector>

#include "agent/core/card_number.h"

using nlohmann::json;

namespace storeward::templates_test {
namespace {

using Names = std::vector<std::string>;

void drop_members(json& value, const Names& names) {
  if (value.is_object()) {
    for (const std::string& name : names) value.erase(name);
  }
  if (value.is_structured()) {
    for (json& part : value) drop_members(part, names);
  }
}

// Of an event or a record.
std::string without_members(const std::string& text, const Names& names) {
  json value = json::parse(text, nullptr, false);
  if (value.is_discarded()) return text;
  drop_members(value, names);
  return value.dump();
}

}  // namespace

std::string stored(const std::shared_ptr<const FeedPlan>& plan, const std::string& bytes) {
  auto feed = Feed::open(plan, "file", {{"receivedAt", "2026-11-20T09:15:02Z"}, {"sequence", "1"}});
  REQUIRE(feed);
  feed->feed(bytes, true);
  std::string all;
  FedRecord fed;
  while (feed->next(fed) == Fed::record) {
    for (const AdmittedItem& item : fed.items) {
      if (const auto* event = std::get_if<Event>(&item)) {
        all += event->bytes + "\n";
      }
      if (const auto* bad = std::get_if<Rejected>(&item)) {
        all += bad->reason + "\n" + bad->origin.place + "\n" + bad->masked + "\n";
      }
    }
    all += fed.ignored + "\n";
    if (fed.number) {
      all += fed.number->register_id + "\n" + std::to_string(fed.number->number) + "\n";
    }
  }
  return all;
}

std::string stored_without_provider_references(const std::shared_ptr<const FeedPlan>& plan,
                                               const std::string& bytes) {
  Names names = plan->mapping->vouched.provider_references;
  const Names& of_records = plan->mapping->vouched_in_record.provider_references;
  names.insert(names.end(), of_records.begin(), of_records.end());
  std::istringstream lines(stored(plan, bytes));
  std::string all;
  for (std::string line; std::getline(lines, line);) all += without_members(line, names) + "\n";
  return all;
}

std::string luhn_number(std::string digits, std::size_t length, std::mt19937_64& random) {
  while (digits.size() + 1 < length) digits += static_cast<char>('0' + random() % 10);
  for (char check = '0'; check <= '9'; ++check) {
    if (luhn_valid(digits + check)) return digits + check;
  }
  FAIL("no check digit fits");
  return {};
}

std::string card_number(std::mt19937_64& random) {
  constexpr const char* issuers[] = {"4", "51", "55", "2221", "34", "37"};
  const std::string issuer = issuers[random() % std::size(issuers)];
  return luhn_number(issuer, issuer[0] == '3' ? 15 : 16, random);
}

std::string like_a_card(std::size_t length, std::mt19937_64& random) {
  for (;;) {
    std::string digits = length == 13 ? "4" : "6";
    while (digits.size() + 1 < length) digits += static_cast<char>('0' + random() % 10);
    int sum = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) {
      sum += (digits[digits.size() - 1 - i] - '0') * (i % 2 == 0 ? 3 : 1);
    }
    digits += static_cast<char>('0' + (10 - sum % 10) % 10);
    if (luhn_valid(digits)) return digits;
  }
}

}  // namespace storeward::templates_test
