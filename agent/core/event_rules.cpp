#include "agent/core/event_rules.h"

#include <algorithm>

namespace storeward {
namespace {

using Fields = std::span<const Field>;
using Words = std::span<const std::string_view>;

constexpr bool required = true, optional = false;

constexpr Shape any{Form::any};
constexpr Shape text{Form::text};
constexpr Shape key{Form::key};
constexpr Shape key_or_number{Form::key_or_number};
constexpr Shape boolean{Form::boolean};
constexpr Shape integer{Form::integer};
constexpr Shape count{Form::count};
constexpr Shape currency{Form::currency};
constexpr Shape gtin{Form::gtin};
constexpr Shape last4{Form::last4};
constexpr Shape date{Form::date};
constexpr Shape time{Form::time};
constexpr Shape date_or_time{Form::date_or_time};
constexpr Shape object{Form::object};

constexpr Shape array_of(const Shape& items) {
  return {Form::array, {}, {}, &items, {}};
}
constexpr Shape object_with(Fields fields, Words one_of = {}) {
  return {Form::object, fields, {}, nullptr, one_of};
}
constexpr Shape word_of(Words words) {
  return {Form::word, {}, words, nullptr, {}};
}

constexpr Shape texts = array_of(text);
constexpr Shape objects = array_of(object);

// ---- Values ------------------------------------------------------------------------------------

constexpr Shape decimal{Form::decimal};
constexpr Shape decimal_positive{Form::decimal_positive};
constexpr Shape decimal_unsigned{Form::decimal_unsigned};
constexpr Shape unit{Form::unit};
constexpr Shape sha256{Form::sha256};

constexpr Field money_fields[] = {{"amountMinor", required, &integer},
                                  {"currency", required, &currency}};
constexpr Shape money = object_with(money_fields);
constexpr Field money_unsigned_fields[] = {{"amountMinor", required, &count},
                                           {"currency", required, &currency}};
constexpr Shape money_unsigned = object_with(money_unsigned_fields);
constexpr Field price_fields[] = {{"amount", required, &decimal},
                                  {"currency", required, &currency}};
constexpr Shape price = object_with(price_fields);
constexpr Field quantity_fields[] = {{"value", required, &decimal}, {"unit", required, &unit}};
constexpr Shape quantity = object_with(quantity_fields);
constexpr Field quantity_positive_fields[] = {{"value", required, &decimal_positive},
                                              {"unit", required, &unit}};
constexpr Shape quantity_positive = object_with(quantity_positive_fields);
constexpr Field quantity_unsigned_fields[] = {{"value", required, &decimal_unsigned},
                                              {"unit", required, &unit}};
constexpr Shape quantity_unsigned = object_with(quantity_unsigned_fields);

// ---- In all types ------------------------------------------------------------------------------

constexpr Field origin_fields[] = {
    {"driver", optional, &text},   {"file", optional, &text},
    {"offset", optional, &count},  {"rawSha256", optional, &sha256},
    {"template", optional, &text}, {"templateVersion", optional, &key_or_number},
    {"extends", optional, &texts}};
constexpr Shape origin = object_with(origin_fields);
constexpr Field quality_fields[] = {{"flags", optional, &texts}, {"warnings", optional, &texts}};
constexpr Shape quality = object_with(quality_fields);
constexpr Field common_fields[] = {{"siteId", optional, &key},
                                   {"registerId", optional, &key},
                                   {"businessDate", optional, &date},
                                   {"origin", optional, &origin},
                                   {"quality", optional, &quality}};

constexpr Shape common = object_with(common_fields);

constexpr Shape data_of(Fields fields, Words one_of = {}) {
  return {Form::object, fields, {}, nullptr, one_of, &common};
}

constexpr std::string_view sku_or_gtin[] = {"sku", "gtin"};
constexpr std::string_view sku_gtin_or_description[] = {"sku", "gtin", "description"};

// ---- Sales -------------------------------------------------------------------------------------

constexpr std::string_view line_kinds[] = {"sale",    "return",   "fee",
                                           "deposit", "discount", "rounding"};
constexpr Shape line_kind = word_of(line_kinds);
constexpr Field discount_fields[] = {{"amount", optional, &money}, {"reason", optional, &text}};
constexpr Shape discount = object_with(discount_fields);
constexpr Shape discounts = array_of(discount);
constexpr Field tax_fields[] = {{"rate", optional, &decimal}, {"amount", optional, &money}};
constexpr Shape tax = object_with(tax_fields);
constexpr Shape taxes = array_of(tax);

constexpr Field line_fields[] = {{"lineNo", required, &count},
                                 {"kind", required, &line_kind},
                                 {"quantity", required, &quantity},
                                 {"extended", required, &money},
                                 {"sku", optional, &key},
                                 {"gtin", optional, &gtin},
                                 {"description", optional, &text},
                                 {"unitPrice", optional, &price},
                                 {"voided", optional, &boolean},
                                 {"discounts", optional, &discounts},
                                 {"taxes", optional, &taxes},
                                 {"lot", optional, &key},
                                 {"expiry", optional, &date},
                                 {"serials", optional, &texts},
                                 {"secondaryQuantity", optional, &quantity}};
constexpr Shape line = object_with(line_fields, sku_gtin_or_description);
constexpr Shape lines = array_of(line);

constexpr Field totals_fields[] = {{"gross", required, &money},    {"net", optional, &money},
                                   {"tax", optional, &money},      {"discount", optional, &money},
                                   {"rounding", optional, &money}, {"tip", optional, &money}};
constexpr Shape totals = object_with(totals_fields);

constexpr std::string_view directions[] = {"in", "out"};
constexpr Shape direction = word_of(directions);
constexpr Field tendered_fields[] = {
    {"tenderType", required, &text},     {"amount", required, &money},
    {"direction", optional, &direction}, {"last4", optional, &last4},
    {"brand", optional, &text},          {"pspReference", optional, &text}};
constexpr Shape tendered = object_with(tendered_fields);
constexpr Shape payments = array_of(tendered);

constexpr Field sale_fields[] = {
    {"saleKey", required, &key},       {"completedAt", required, &time},
    {"currency", required, &currency}, {"lines", required, &lines},
    {"totals", required, &totals},     {"status", optional, &text},
    {"payments", optional, &payments}, {"operatorRef", optional, &text},
    {"customerRef", optional, &text},  {"fiscal", optional, &object}};
constexpr Shape sale = data_of(sale_fields);

// The receipt that is taken back; its register and day are the event's own where they are not said.
constexpr Field voids_fields[] = {{"sequenceNo", required, &key_or_number},
                                  {"registerId", optional, &key},
                                  {"businessDate", optional, &date}};
constexpr Shape voids = object_with(voids_fields);
constexpr Field sale_voided_fields[] = {{"voids", optional, &voids}};
constexpr Shape sale_voided{Form::object, sale_voided_fields, {}, nullptr, {}, &sale};

// In returns numbers are positive: what came back and what was paid out.
constexpr Field return_line_fields[] = {{"quantity", required, &quantity_unsigned}};
constexpr Shape return_line = object_with(return_line_fields);
constexpr Shape return_lines = array_of(return_line);
constexpr Field return_totals_fields[] = {{"gross", required, &money_unsigned}};
constexpr Shape return_totals = object_with(return_totals_fields);
constexpr Field return_fields[] = {{"lines", required, &return_lines},
                                   {"totals", required, &return_totals}};
constexpr Shape sale_return{Form::object, return_fields, {}, nullptr, {}, &sale};

constexpr Field payment_fields[] = {
    {"paymentKey", required, &key},   {"tenderType", required, &text}, {"amount", required, &money},
    {"saleRef", optional, &text},     {"last4", optional, &last4},     {"brand", optional, &text},
    {"pspReference", optional, &text}};
constexpr Shape payment = data_of(payment_fields);

constexpr std::string_view tender_kinds[] = {"paidIn", "paidOut",     "safeDrop",  "loan",
                                             "pickup", "declaration", "adjustment"};
constexpr Shape tender_kind = word_of(tender_kinds);
constexpr Field tender_fields[] = {{"movementKey", required, &key},
                                   {"kind", required, &tender_kind},
                                   {"amount", required, &money}};
constexpr Shape tender_movement = data_of(tender_fields);

constexpr std::string_view giftcard_kinds[] = {"issue", "reload", "redeem", "void"};
constexpr Shape giftcard_kind = word_of(giftcard_kinds);
constexpr Field giftcard_fields[] = {
    {"cardRef", required, &key}, {"kind", required, &giftcard_kind}, {"amount", required, &money}};
constexpr Shape giftcard_movement = data_of(giftcard_fields);

// ---- Finance -----------------------------------------------------------------------------------

constexpr Field close_tender_fields[] = {
    {"tenderType", required, &text}, {"expected", required, &money}, {"counted", optional, &money}};
constexpr Shape close_tender = object_with(close_tender_fields);
constexpr Shape close_tenders = array_of(close_tender);
constexpr Field dayclose_fields[] = {
    {"closeKey", required, &key},          {"registerId", required, &key},
    {"businessDate", required, &date},     {"closeNo", required, &key_or_number},
    {"closedAt", required, &time},         {"txCount", required, &count},
    {"gross", required, &money},           {"tenders", required, &close_tenders},
    {"taxes", optional, &taxes},           {"firstSeq", optional, &key_or_number},
    {"lastSeq", optional, &key_or_number}, {"perpetualTotal", optional, &money}};
constexpr Shape dayclose = data_of(dayclose_fields);

constexpr Field summary_line_fields[] = {{"sku", optional, &key},
                                         {"gtin", optional, &gtin},
                                         {"quantity", required, &quantity},
                                         {"extended", optional, &money}};
constexpr Shape summary_line = object_with(summary_line_fields, sku_or_gtin);
constexpr Shape summary_lines = array_of(summary_line);
constexpr Field summary_fields[] = {{"summaryKey", required, &key},
                                    {"from", required, &date_or_time},
                                    {"to", required, &date_or_time},
                                    {"lines", required, &summary_lines}};
constexpr Shape sale_summary = data_of(summary_fields);

constexpr std::string_view settlement_kinds[] = {
    "settled", "refunded", "chargeback", "chargebackReversed",
    "fee",     "payout",   "adjustment", "other"};
constexpr Shape settlement_kind = word_of(settlement_kinds);
constexpr Field settlement_line_fields[] = {{"provider", required, &key},
                                            {"batchId", required, &key},
                                            {"lineNo", required, &count},
                                            {"kind", required, &settlement_kind},
                                            {"net", required, &money},
                                            {"gross", optional, &money},
                                            {"fees", optional, &objects},
                                            {"pspReference", optional, &text},
                                            {"merchantReference", optional, &text}};
constexpr Shape settlement_line = data_of(settlement_line_fields);
constexpr Field settlement_batch_fields[] = {{"provider", required, &key},
                                             {"batchId", required, &key},
                                             {"lineCount", required, &count},
                                             {"net", required, &money}};
constexpr Shape settlement_batch = data_of(settlement_batch_fields);

// ---- Orders ------------------------------------------------------------------------------------

constexpr Field order_line_fields[] = {
    {"sku", optional, &key}, {"gtin", optional, &gtin}, {"quantity", optional, &quantity}};
constexpr Shape order_line = object_with(order_line_fields);
constexpr Shape order_lines = array_of(order_line);
constexpr Field order_placed_fields[] = {{"orderKey", required, &key},
                                         {"channel", required, &text},
                                         {"placedAt", required, &time},
                                         {"currency", required, &currency},
                                         {"lines", required, &order_lines}};
constexpr Shape order_placed = data_of(order_placed_fields);

constexpr std::string_view order_statuses[] = {"accepted", "held",      "released", "picking",
                                               "picked",   "short",     "packed",   "ready",
                                               "shipped",  "delivered", "rejected", "cancelled"};
constexpr Shape order_status_word = word_of(order_statuses);
constexpr Field order_status_fields[] = {{"orderKey", required, &key},
                                         {"status", required, &order_status_word},
                                         {"at", required, &time}};
constexpr Shape order_status = data_of(order_status_fields);

constexpr std::string_view packages_or_lines[] = {"packages", "lines"};
constexpr Field shipment_fields[] = {{"shipmentKey", required, &key},
                                     {"direction", required, &direction},
                                     {"at", required, &time},
                                     {"packages", optional, &objects},
                                     {"lines", optional, &order_lines}};
constexpr Shape shipment = data_of(shipment_fields, packages_or_lines);

constexpr Field return_authorised_fields[] = {
    {"returnKey", required, &key}, {"orderRef", required, &key}, {"lines", required, &order_lines}};
constexpr Shape return_authorised = data_of(return_authorised_fields);

constexpr Field reservation_fields[] = {
    {"reservationId", required, &key}, {"sku", required, &key},    {"locationId", required, &key},
    {"quantity", required, &quantity}, {"until", optional, &time}, {"reason", optional, &text}};
constexpr Shape reservation = data_of(reservation_fields);

// ---- Stock -------------------------------------------------------------------------------------

constexpr Field stock_move_fields[] = {{"sku", optional, &key},
                                       {"gtin", optional, &gtin},
                                       {"locationId", required, &key},
                                       {"quantity", required, &quantity},
                                       {"occurredAt", required, &time},
                                       {"reason", optional, &text},
                                       {"reasonRaw", optional, &text},
                                       {"bucket", optional, &key},
                                       {"lot", optional, &key},
                                       {"expiry", optional, &date},
                                       {"secondaryQuantity", optional, &quantity},
                                       {"docRef", optional, &text}};
constexpr Shape stock_adjusted = data_of(stock_move_fields, sku_or_gtin);
constexpr Field stock_received_fields[] = {{"quantity", required, &quantity_positive}};
constexpr Shape stock_received{Form::object, stock_received_fields, {}, nullptr,
                               {},           &stock_adjusted};

constexpr Field stock_counted_fields[] = {
    {"sku", optional, &key},         {"gtin", optional, &gtin},
    {"locationId", required, &key},  {"countedQuantity", required, &quantity},
    {"occurredAt", required, &time}, {"bookQuantity", optional, &quantity}};
constexpr Shape stock_counted = data_of(stock_counted_fields, sku_or_gtin);

constexpr Field stock_transferred_fields[] = {{"sku", optional, &key},
                                              {"gtin", optional, &gtin},
                                              {"fromLocationId", required, &key},
                                              {"toLocationId", required, &key},
                                              {"quantity", required, &quantity},
                                              {"occurredAt", required, &time}};
constexpr Shape stock_transferred = data_of(stock_transferred_fields, sku_or_gtin);

constexpr Field stock_snapshot_fields[] = {
    {"sku", optional, &key},         {"gtin", optional, &gtin}, {"locationId", required, &key},
    {"onHand", required, &quantity}, {"asOf", required, &time}, {"bucket", optional, &key},
    {"lot", optional, &key}};
constexpr Shape stock_snapshot = data_of(stock_snapshot_fields, sku_or_gtin);

constexpr Field scan_fields[] = {{"raw", required, &text},        {"at", required, &time},
                                 {"symbology", optional, &text},  {"gtin", optional, &gtin},
                                 {"elements", optional, &object}, {"locationId", optional, &key}};
constexpr Shape scan_observed = data_of(scan_fields);

// ---- Master data -------------------------------------------------------------------------------

constexpr Field product_fields[] = {{"sku", required, &key}, {"version", required, &key_or_number}};
constexpr Shape product = data_of(product_fields);
constexpr Field price_changed_fields[] = {{"sku", required, &key},
                                          {"price", required, &price},
                                          {"validFrom", required, &date_or_time},
                                          {"version", required, &key_or_number}};
constexpr Shape price_changed = data_of(price_changed_fields);
constexpr Field customer_fields[] = {{"customerKey", required, &key},
                                     {"version", required, &key_or_number}};
constexpr Shape customer = data_of(customer_fields);

// ---- The agent's own ---------------------------------------------------------------------------

constexpr Shape integers = array_of(integer);
constexpr Shape integer_ranges = array_of(integers);
constexpr Field gap_fields[] = {{"source", required, &key},
                                {"registerId", required, &key},
                                {"businessDate", required, &date},
                                {"missing", required, &integer_ranges}};
constexpr Shape gap_detected = data_of(gap_fields);
constexpr Field record_rejected_fields[] = {
    {"exception", required, &count}, {"source", required, &key}, {"reason", required, &text}};
constexpr Shape record_rejected = data_of(record_rejected_fields);
constexpr Field notice_fields[] = {{"kind", required, &text}, {"detail", required, &any}};
constexpr Shape notice = data_of(notice_fields);

// ---- All of them -------------------------------------------------------------------------------

struct TypeRule {
  std::string_view type;
  const Shape* data;
};

// Sorted by type.
constexpr TypeRule rules[] = {
    {"agent.alert.cleared.v1", &notice},
    {"agent.alert.raised.v1", &notice},
    {"agent.gap.detected.v1", &gap_detected},
    {"agent.reconcile.mismatch.v1", &notice},
    {"agent.record.rejected.v1", &record_rejected},
    {"retail.customer.upserted.v1", &customer},
    {"retail.dayclose.closed.v1", &dayclose},
    {"retail.giftcard.movement.v1", &giftcard_movement},
    {"retail.order.placed.v1", &order_placed},
    {"retail.order.status.v1", &order_status},
    {"retail.payment.captured.v1", &payment},
    {"retail.payment.refunded.v1", &payment},
    {"retail.price.changed.v1", &price_changed},
    {"retail.product.upserted.v1", &product},
    {"retail.reservation.confirmed.v1", &reservation},
    {"retail.reservation.rejected.v1", &reservation},
    {"retail.return.authorised.v1", &return_authorised},
    {"retail.return.completed.v1", &sale_return},
    {"retail.sale.completed.v1", &sale},
    {"retail.sale.summary.v1", &sale_summary},
    {"retail.sale.voided.v1", &sale_voided},
    {"retail.scan.observed.v1", &scan_observed},
    {"retail.settlement.batch.v1", &settlement_batch},
    {"retail.settlement.line.v1", &settlement_line},
    {"retail.shipment.dispatched.v1", &shipment},
    {"retail.shipment.received.v1", &shipment},
    {"retail.stock.adjusted.v1", &stock_adjusted},
    {"retail.stock.counted.v1", &stock_counted},
    {"retail.stock.received.v1", &stock_received},
    {"retail.stock.snapshot.v1", &stock_snapshot},
    {"retail.stock.transferred.v1", &stock_transferred},
    {"retail.tender.movement.v1", &tender_movement},
};

static_assert(std::ranges::is_sorted(rules, {}, &TypeRule::type));

constexpr std::string_view json_content[] = {"application/json"};
constexpr Shape json_content_type = word_of(json_content);
constexpr Shape revision{Form::revision};
constexpr Field envelope_fields[] = {
    {"data", required, &object},      {"time", optional, &time},
    {"subject", optional, &text},     {"revision", optional, &revision},
    {"traceparent", optional, &text}, {"datacontenttype", optional, &json_content_type},
    {"dataschema", optional, &text}};

}  // namespace

const Shape envelope_shape = object_with(envelope_fields);

const Shape* shape_of_data(std::string_view type) {
  const TypeRule* rule = std::ranges::lower_bound(rules, type, {}, &TypeRule::type);
  return rule == std::end(rules) || rule->type != type ? nullptr : rule->data;
}

}  // namespace storeward
