#include "agent/till/invoice_events.h"

#include <algorithm>
#include <array>

#include "agent/till/event_text.h"

namespace storeward::till {
namespace {

constexpr std::array<std::string_view, 11> fee_codes{
    "POST", "D", "M", "DOT", "BANK CHARGES", "AMAZONFEE", "S", "C2", "CRUK", "PADS", "B"};

constexpr std::string_view nameless = "(no item code)";

bool add_to(std::int64_t& sum, std::int64_t amount) {
  return !__builtin_add_overflow(sum, amount, &sum);
}

Unexpected<Error> in_row(const Invoice& invoice, std::size_t row, std::string_view reason) {
  return fail("invoice " + invoice.number + ", row " + std::to_string(row + 1) + ": " +
              std::string(reason));
}

// In a return everything is turned round: what came back is positive. A row that goes the other way
// (an exchange) is a sale line of it, positive too, and counts against the total.
Result<std::int64_t> append_row(std::string& out, std::size_t index, const InvoiceRow& row,
                                bool is_return, const TillIdentity& till) {
  const bool against = row.quantity.units < 0;
  BasketLine line{against ? "return" : "sale",
                  row.stock_code,
                  {},
                  row.description,
                  is_return && against ? negated(row.quantity) : row.quantity,
                  row.unit_price};
  if (is_fee_code(row.stock_code)) line.kind = "fee";
  if (line.sku.empty() && line.description.empty()) line.description = nameless;
  const auto extended = product_in_minor(line.quantity, row.unit_price);
  if (!extended) return fail(extended.error().message);
  line.extended_minor = *extended;
  append_line(out, index + 1, line, till.currency);
  return is_return && !against ? -*extended : *extended;
}

Result<TillEvent> basket(const Invoice& invoice, Kind kind, const TillIdentity& till,
                         const std::string& time) {
  TillEvent event{invoice.number, kind, Millis{0},
                  begin_event(till, kind, invoice.number, "saleKey", invoice.number, time)};
  std::string& out = event.json;
  out.push_back(',');
  append_member(out, "completedAt", time);
  out.push_back(',');
  append_member(out, "currency", till.currency);
  if (!invoice.customer.empty()) {
    out.push_back(',');
    append_member(out, "customerRef", invoice.customer);
  }
  out += ",\"lines\":[";
  std::int64_t gross = 0;
  for (std::size_t i = 0; i < invoice.rows.size(); ++i) {
    if (i != 0) out.push_back(',');
    const auto amount = append_row(out, i, invoice.rows[i], kind == Kind::returned, till);
    if (!amount) return in_row(invoice, i, amount.error().message);
    if (!add_to(gross, *amount)) return in_row(invoice, i, "the total does not fit 64 bits");
  }
  out += "],\"totals\":{";
  append_money(out, "gross", gross, till.currency);
  out.push_back('}');
  end_event(out);
  return event;
}

Result<TillEvent> adjustment(const Invoice& invoice, const TillIdentity& till,
                             const std::string& time) {
  std::int64_t amount = 0;
  for (std::size_t i = 0; i < invoice.rows.size(); ++i) {
    const InvoiceRow& row = invoice.rows[i];
    const auto extended = product_in_minor(row.quantity, row.unit_price);
    if (!extended) return in_row(invoice, i, extended.error().message);
    if (!add_to(amount, *extended)) return in_row(invoice, i, "the total does not fit 64 bits");
  }
  TillEvent event{invoice.number, Kind::tender_movement, Millis{0},
                  begin_event(till, Kind::tender_movement, invoice.number, "movementKey",
                              invoice.number, time)};
  event.json += ",\"kind\":\"adjustment\",";
  append_money(event.json, "amount", amount, till.currency);
  const std::string& reason = invoice.rows.front().description;
  if (!reason.empty()) {
    event.json.push_back(',');
    append_member(event.json, "reasonRaw", reason);
  }
  end_event(event.json);
  return event;
}

TillEvent stock_change(const Invoice& invoice, std::size_t index, const TillIdentity& till,
                       const std::string& time) {
  const InvoiceRow& row = invoice.rows[index];
  const std::string id = invoice.number + "/" + std::to_string(index + 1);
  TillEvent event{id, Kind::stock_adjusted, Millis{0},
                  begin_event(till, Kind::stock_adjusted, id, "docRef", invoice.number, time)};
  std::string& out = event.json;
  out.push_back(',');
  append_member(out, "sku", row.stock_code.empty() ? nameless : row.stock_code);
  out.push_back(',');
  append_member(out, "locationId", till.location);
  out.push_back(',');
  append_quantity(out, "quantity", row.quantity);
  out.push_back(',');
  append_member(out, "occurredAt", time);
  if (!row.description.empty()) {
    out.push_back(',');
    append_member(out, "reasonRaw", row.description);
  }
  end_event(out);
  return event;
}

bool is_stock_change(const Invoice& invoice) {
  return std::all_of(invoice.rows.begin(), invoice.rows.end(),
                     [](const InvoiceRow& row) { return row.unit_price.units == 0; });
}

}  // namespace

bool is_fee_code(std::string_view stock_code) {
  return std::find(fee_codes.begin(), fee_codes.end(), stock_code) != fee_codes.end();
}

Result<std::vector<TillEvent>> events_of(const Invoice& invoice, const TillIdentity& till,
                                         const TimeZone& zone) {
  const std::string time = zone.to_local_rfc3339(invoice.time);
  std::vector<TillEvent> events;
  const auto one = [&events](Result<TillEvent> event) -> Result<std::vector<TillEvent>> {
    if (!event) return fail(event.error().message);
    events.push_back(std::move(*event));
    return std::move(events);
  };
  if (invoice.number.starts_with('C')) return one(basket(invoice, Kind::returned, till, time));
  if (invoice.number.starts_with('A')) return one(adjustment(invoice, till, time));
  if (!is_stock_change(invoice)) return one(basket(invoice, Kind::sale, till, time));
  for (std::size_t i = 0; i < invoice.rows.size(); ++i) {
    events.push_back(stock_change(invoice, i, till, time));
  }
  return events;
}

}  // namespace storeward::till
