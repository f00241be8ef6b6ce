#include "agent/runtime/draft/draft_kind.h"

#include <algorithm>

namespace storeward {
namespace {

// The narrower ones first.
const std::vector<DraftKind>& kinds() {
  static const std::vector<DraftKind> all = {
      {.extends = "csv-settlement",
       .signs = {{"batch", "net"}, {"provider", "net"}, {"batch", "fee"}, {"provider", "fee"}},
       .never = {"register"},
       .columns = {"provider", "batch", "line", "kind", "net=net|amount", "gross", "fee",
                   "currency", "reference", "merchant_reference=merchant_reference|order"},
       .when = "booked_at",
       .must = {"provider", "batch", "kind", "net"}},
      {.extends = "csv-dayclose",
       .signs = {{"close", "register"}, {"close", "expected"}, {"close", "gross"}},
       .never = {"receipt"},
       .columns = {"register", "close", "transactions", "gross=gross|total|amount", "net", "site",
                   "tender", "expected", "counted", "tax_rate", "tax", "currency"},
       .when = "closed_at",
       .must = {"register", "close"}},
      {.extends = "csv-inventory",
       .signs = {{"on_hand", "sku"}, {"on_hand", "gtin"}},
       .never = {"receipt", "order"},
       .columns = {"sku", "gtin", "location=location|site", "on_hand", "unit",
                   "bucket=bucket|status", "lot"},
       .when = "as_of",
       .must = {"on_hand"}},
      {.extends = "csv-stock-adjustments",
       .signs = {{"reason", "quantity", "sku"}, {"reason", "quantity", "gtin"}},
       .never = {"receipt", "register", "order", "return", "amount"},
       .columns = {"document", "line", "sku", "gtin", "location=location|site", "quantity", "unit",
                   "reason", "bucket", "lot", "expiry"},
       .when = "at",
       .must = {"quantity"}},
      {.extends = "csv-shipments",
       .signs = {{"shipment", "quantity"},
                 {"tracking", "quantity"},
                 {"carrier", "quantity"},
                 {"sscc", "quantity"}},
       .never = {"register", "amount"},
       .columns = {"shipment", "direction", "order", "carrier", "service", "tracking", "sscc",
                   "line", "sku", "gtin", "quantity", "ordered", "unit", "lot", "expiry",
                   "location=location|site"},
       .when = "at",
       .must = {"shipment"}},
      {.extends = "csv-receipts",
       .signs = {{"document", "quantity", "sku"},
                 {"document", "quantity", "gtin"},
                 {"supplier", "quantity", "sku"},
                 {"supplier", "quantity", "gtin"}},
       .never = {"register", "tender"},
       .columns = {"document=document|receipt", "line", "sku", "gtin", "location=location|site",
                   "quantity", "unit", "lot", "expiry", "bucket", "order", "supplier"},
       .when = "at",
       .must = {"document"}},
      {.extends = "csv-returns",
       .signs = {{"return", "quantity", "sku"}, {"return", "quantity", "gtin"}},
       .never = {"register", "receipt", "tender"},
       .columns = {"return", "order", "line", "sku", "gtin", "quantity", "unit", "reason"},
       .when = "authorised_at",
       .must = {"return"}},
      {.extends = "csv-orders",
       .signs = {{"order", "quantity"}},
       .never = {"register", "receipt"},
       .columns = {"order", "channel", "line", "sku", "gtin", "description", "quantity", "unit",
                   "price", "currency", "status", "customer", "site"},
       .when = "placed_at",
       .must = {"order"}},
      {.extends = "csv-sales-summary",
       .signs = {{"from", "to", "quantity"}},
       .never = {"receipt"},
       .columns = {"from", "to", "sku", "gtin", "quantity", "unit", "amount=amount|gross|total",
                   "currency", "register", "site"},
       .when = "",
       .must = {"from", "to"}},
      {.extends = "csv-sales",
       .signs = {{"receipt", "amount"},
                 {"receipt", "price"},
                 {"receipt", "total"},
                 {"receipt", "gross"},
                 {"register", "amount"},
                 {"register", "total"},
                 {"tender", "amount"},
                 {"tender", "total"},
                 {"quantity", "amount"},
                 {"quantity", "price", "time"},
                 {"quantity", "price", "date"}},
       .never = {},
       .columns = {"register",    "receipt",   "line",     "kind",     "sku",           "gtin",
                   "description", "quantity",  "unit",     "price",    "regular_price", "discount",
                   "tax_rate",    "tax",       "lot",      "expiry",   "serial",        "tender",
                   "paid",        "reference", "currency", "operator", "customer",      "original",
                   "site",        "training",  "status",   "voided"},
       .when = "time",
       .must = {"receipt"}},
      {.extends = "csv-items",
       .signs = {{"sku", "price"}, {"sku", "description", "updated_at"}, {"sku", "valid_from"}},
       .never = {"receipt", "register", "quantity"},
       .columns = {"sku", "gtin", "description", "category", "unit", "tax_rate", "supplier",
                   "active", "price", "currency", "valid_from", "version", "updated_at"},
       .when = "updated_at",
       .must = {"sku"}},
      {.extends = "csv-inventory",
       .signs = {{"quantity", "sku"}, {"quantity", "gtin"}},
       .never = {"receipt", "order", "amount", "price"},
       .columns = {"sku", "gtin", "location=location|site", "on_hand=quantity", "unit", "bucket",
                   "lot"},
       .when = "as_of",
       .must = {"on_hand"}}};
  return all;
}

}  // namespace

const DraftKind* kind_of_roles(const std::set<std::string_view>& roles) {
  const auto there = [&roles](std::string_view role) { return roles.contains(role); };
  for (const DraftKind& kind : kinds()) {
    const bool fits = std::ranges::any_of(
        kind.signs, [&](const auto& sign) { return std::ranges::all_of(sign, there); });
    if (fits && std::ranges::none_of(kind.never, there)) return &kind;
  }
  return nullptr;
}

}  // namespace storeward
