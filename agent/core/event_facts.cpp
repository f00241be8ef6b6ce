#include "agent/core/event_facts.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "agent/base/ascii.h"
#include "agent/core/register_key.h"
#include "agent/core/value_rules.h"

namespace storeward {
namespace {

// The first of these fields that is there.
std::string_view first_text(const JsonTree& tree, const JsonNode& data,
                            std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const std::string_view text = tree.text(data, name); !text.empty()) return text;
  }
  return {};
}

std::string joined(std::string_view left, std::string_view right) {
  std::string both(left);
  if (!right.empty()) both.append("/").append(right);
  return both;
}

// What POS systems write where a receipt is no sale: compared without case, '-', '_' and spaces.
constexpr std::array<std::string_view, 13> uncounted = {
    "training", "trainingmode", "test",     "voided", "void",    "postvoided", "suspended",
    "resumed",  "cancelled",    "canceled", "cancel", "aborted", "parked"};

bool counts(std::string_view status) {
  std::string plain;
  for (const char c : status) {
    if (c == '-' || c == '_' || c == ' ') continue;
    plain.push_back(to_lower(c));
  }
  return std::ranges::find(uncounted, plain) == uncounted.end();
}

std::string business_date(const JsonTree& tree, const JsonNode& data,
                          const AdmissionOptions& options) {
  const std::string_view given = tree.text(data, "businessDate");
  if (!given.empty()) return std::string(given);
  const std::string_view completed_at = tree.text(data, "completedAt");
  const std::optional<WallTime> at = parse_time(completed_at);
  if (options.time_zone == nullptr || !at) return std::string(completed_at.substr(0, 10));
  return options.time_zone->local_date(*at, options.business_day_start);
}

std::string register_at_site(const JsonTree& tree, const JsonNode& data, std::string_view id,
                             const AdmissionOptions& options) {
  return register_key(tree.text(data, "siteId"), options.site, id);
}

// A key or a whole number that a till counts with.
std::optional<std::int64_t> counter(const JsonTree& tree, const JsonNode& data,
                                    std::string_view name) {
  const JsonNode* const node = tree.member(data, name);
  if (node == nullptr) return std::nullopt;
  if (node->kind == JsonKind::integer && node->integer >= 0) return node->integer;
  std::int64_t value = 0;
  const char* const end = node->text.data() + node->text.size();
  const auto read = std::from_chars(node->text.data(), end, value);
  if (node->kind != JsonKind::string || node->text.empty() || read.ec != std::errc{} ||
      read.ptr != end || value < 0) {
    return std::nullopt;
  }
  return value;
}

std::string text_or_number(const JsonTree& tree, const JsonNode& data, std::string_view name) {
  const JsonNode* const node = tree.member(data, name);
  if (node == nullptr) return {};
  return node->kind == JsonKind::integer ? std::to_string(node->integer) : std::string(node->text);
}

std::int64_t minor_of(const JsonTree& tree, const JsonNode& object, std::string_view name) {
  const JsonNode* const money = tree.member(object, name);
  const JsonNode* const amount = money != nullptr ? tree.member(*money, "amountMinor") : nullptr;
  return amount != nullptr && amount->kind == JsonKind::integer ? amount->integer : 0;
}

// Adds up by type; a tender may stand twice on a receipt.
void add_tender(std::vector<TenderAmount>& tenders, std::string_view type, std::int64_t minor) {
  const auto at = std::ranges::lower_bound(tenders, type, {}, &TenderAmount::type);
  if (at != tenders.end() && at->type == type) {
    at->minor += minor;
  } else {
    tenders.insert(at, {std::string(type), minor});
  }
}

}  // namespace

std::string partition_key(const JsonTree& tree, const JsonNode& data, Stream stream,
                          std::string_view site) {
  const std::string_view given_site = tree.text(data, "siteId");
  const std::string_view event_site = given_site.empty() ? site : given_site;
  switch (stream) {
    case Stream::sales:
    case Stream::finance:
      return joined(event_site, tree.text(data, "registerId"));
    case Stream::orders:
      return std::string(first_text(
          tree, data, {"orderKey", "shipmentKey", "orderRef", "returnKey", "reservationId"}));
    case Stream::stock:
    case Stream::levels: {
      const std::string_view location = first_text(tree, data, {"locationId", "fromLocationId"});
      return joined(location.empty() ? event_site : location,
                    first_text(tree, data, {"sku", "gtin"}));
    }
    case Stream::master:
      return std::string(first_text(tree, data, {"sku", "customerKey"}));
    case Stream::ops:
      break;
  }
  return std::string(event_site);
}

std::optional<DayDelta> day_delta(const JsonTree& tree, const JsonNode& data, std::string_view type,
                                  const AdmissionOptions& options) {
  const bool is_sale = type == "retail.sale.completed.v1";
  if (!is_sale && type != "retail.return.completed.v1") return std::nullopt;
  if (!counts(tree.text(data, "status"))) return std::nullopt;
  const JsonNode& gross = *tree.member(*tree.member(data, "totals"), "gross");
  const std::int64_t amount = tree.member(gross, "amountMinor")->integer;
  DayDelta delta;
  delta.business_date = business_date(tree, data, options);
  delta.register_id = register_at_site(tree, data, tree.text(data, "registerId"), options);
  delta.sales = is_sale ? 1 : 0;
  delta.returns = is_sale ? 0 : 1;
  delta.gross_minor = is_sale ? amount : -amount;
  delta.currency = tree.text(gross, "currency");
  delta.completed_at = tree.text(data, "completedAt");
  return delta;
}

std::optional<ReceiptFacts> receipt_facts(const JsonTree& tree, const JsonNode& data,
                                          std::string_view type, const AdmissionOptions& options) {
  const bool is_return = type == "retail.return.completed.v1";
  const bool is_voided = type == "retail.sale.voided.v1";
  if (!is_return && !is_voided && type != "retail.sale.completed.v1") return std::nullopt;
  const auto number = counter(tree, data, "sequenceNo");
  const std::string_view register_id = tree.text(data, "registerId");
  if (!number || register_id.empty()) return std::nullopt;
  ReceiptFacts facts;
  facts.register_id = register_at_site(tree, data, register_id, options);
  facts.business_date = business_date(tree, data, options);
  facts.number = *number;
  facts.completed = parse_time(tree.text(data, "completedAt")).value_or(WallTime{});
  facts.counts = !is_voided && counts(tree.text(data, "status"));
  facts.is_return = is_return;
  facts.is_void = is_voided;
  const std::int64_t sign = is_return ? -1 : 1;
  const JsonNode& totals = *tree.member(data, "totals");
  facts.gross_minor = sign * minor_of(tree, totals, "gross");
  facts.currency = tree.text(*tree.member(totals, "gross"), "currency");
  if (const JsonNode* const payments = tree.member(data, "payments")) {
    for (const JsonNode& payment : tree.children(*payments)) {
      const std::string_view direction = tree.text(payment, "direction");
      const std::int64_t way = direction.empty() ? sign : direction == "out" ? -1 : 1;
      add_tender(facts.tenders, tree.text(payment, "tenderType"),
                 way * minor_of(tree, payment, "amount"));
    }
  }
  return facts;
}

std::optional<VoidedReceipt> voided_receipt(const JsonTree& tree, const JsonNode& data,
                                            std::string_view type,
                                            const AdmissionOptions& options) {
  if (type != "retail.sale.voided.v1") return std::nullopt;
  const JsonNode* const named = tree.member(data, "voids");
  const auto number = counter(tree, named != nullptr ? *named : data, "sequenceNo");
  VoidedReceipt voided;
  voided.named = named != nullptr;
  std::string_view register_id;
  if (named != nullptr) {
    register_id = tree.text(*named, "registerId");
    voided.business_date = tree.text(*named, "businessDate");
  }
  if (register_id.empty()) register_id = tree.text(data, "registerId");
  if (voided.business_date.empty()) voided.business_date = business_date(tree, data, options);
  if (!number || register_id.empty()) return std::nullopt;
  voided.register_id = register_at_site(tree, data, register_id, options);
  voided.number = *number;
  voided.voided = parse_time(tree.text(data, "completedAt")).value_or(WallTime{});
  return voided;
}

std::optional<UsedNumber> used_number(const JsonTree& tree, const JsonNode& data,
                                      std::string_view type, std::string_view source,
                                      const AdmissionOptions& options) {
  if (type != "retail.tender.movement.v1" && type != "retail.dayclose.closed.v1") {
    return std::nullopt;
  }
  const auto number = counter(tree, data, "sequenceNo");
  const std::string_view register_id = tree.text(data, "registerId");
  UsedNumber used;
  used.source = source;
  used.register_id = register_at_site(tree, data, register_id, options);
  used.business_date = tree.text(data, "businessDate");
  const bool known = number && *number > 0 && *number <= highest_used_number;
  if (!known || register_id.empty() || used.business_date.empty()) return std::nullopt;
  used.number = *number;
  return used;
}

std::optional<CloseFacts> close_facts(const JsonTree& tree, const JsonNode& data,
                                      std::string_view type, const AdmissionOptions& options) {
  if (type != "retail.dayclose.closed.v1") return std::nullopt;
  CloseFacts facts;
  facts.key = tree.text(data, "closeKey");
  facts.register_id = register_at_site(tree, data, tree.text(data, "registerId"), options);
  facts.business_date = tree.text(data, "businessDate");
  facts.number = text_or_number(tree, data, "closeNo");
  facts.closed = parse_time(tree.text(data, "closedAt")).value_or(WallTime{});
  facts.count = static_cast<std::uint64_t>(tree.member(data, "txCount")->integer);
  facts.gross_minor = minor_of(tree, data, "gross");
  facts.currency = tree.text(*tree.member(data, "gross"), "currency");
  for (const JsonNode& tender : tree.children(*tree.member(data, "tenders"))) {
    add_tender(facts.tenders, tree.text(tender, "tenderType"), minor_of(tree, tender, "expected"));
  }
  facts.first = counter(tree, data, "firstSeq");
  facts.last = counter(tree, data, "lastSeq");
  return facts;
}

LevelKey level_key(const JsonTree& tree, const JsonNode& data) {
  LevelKey level;
  const std::string_view parts[] = {tree.text(data, "locationId"),
                                    first_text(tree, data, {"sku", "gtin"}), tree.text(data, "lot"),
                                    tree.text(data, "bucket")};
  for (const std::string_view& part : parts) {
    if (&part != parts) level.place.push_back('\x1f');
    level.place.append(part);
  }
  level.as_of = to_rfc3339(*parse_time(tree.text(data, "asOf")));
  return level;
}

}  // namespace storeward
