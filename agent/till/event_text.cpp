#include "agent/till/event_text.h"

#include <cstdio>

namespace storeward::till {

std::string_view type_of(Kind kind) {
  switch (kind) {
    case Kind::sale:
      return "retail.sale.completed.v1";
    case Kind::returned:
      return "retail.return.completed.v1";
    case Kind::tender_movement:
      return "retail.tender.movement.v1";
    case Kind::stock_adjusted:
      return "retail.stock.adjusted.v1";
    case Kind::stock_counted:
      return "retail.stock.counted.v1";
  }
  return "";
}

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  append_json_string(out, name);
  out.push_back(':');
  append_json_string(out, text);
}

void append_money(std::string& out, std::string_view name, std::int64_t minor,
                  std::string_view currency) {
  append_json_string(out, name);
  out += ":{\"amountMinor\":" + std::to_string(minor) + ",";
  append_member(out, "currency", currency);
  out.push_back('}');
}

void append_quantity(std::string& out, std::string_view name, Decimal value) {
  append_json_string(out, name);
  out += ":{";
  append_member(out, "value", to_text(value));
  out += ",\"unit\":\"EA\"}";  // UN/ECE Rec 20: each
}

void append_price(std::string& out, std::string_view name, Decimal amount,
                  std::string_view currency) {
  append_json_string(out, name);
  out += ":{";
  append_member(out, "amount", to_text(amount));
  out.push_back(',');
  append_member(out, "currency", currency);
  out.push_back('}');
}

void append_line(std::string& out, std::size_t line_no, const BasketLine& line,
                 std::string_view currency) {
  out += "{\"lineNo\":" + std::to_string(line_no) + ",";
  append_member(out, "kind", line.kind);
  const std::pair<std::string_view, std::string_view> names[] = {
      {"sku", line.sku}, {"gtin", line.gtin}, {"description", line.description}};
  for (const auto& [name, text] : names) {
    if (text.empty()) continue;
    out.push_back(',');
    append_member(out, name, text);
  }
  out.push_back(',');
  append_quantity(out, "quantity", line.quantity);
  out.push_back(',');
  append_price(out, "unitPrice", line.unit_price, currency);
  out.push_back(',');
  append_money(out, "extended", line.extended_minor, currency);
  if (line.tax_percent >= 0) {
    out += ",\"taxes\":[{";
    append_member(out, "rate", std::to_string(line.tax_percent));
    out.push_back(',');
    append_money(out, "amount", line.tax_minor, currency);
    out += "}]";
  }
  out.push_back('}');
}

std::string begin_event(const TillIdentity& till, Kind kind, std::string_view id,
                        std::string_view key_name, std::string_view key, std::string_view time) {
  std::string out = "{\"specversion\":\"1.0\",";
  append_member(out, "id", id);
  out.push_back(',');
  append_member(out, "source", till.source);
  out.push_back(',');
  append_member(out, "type", type_of(kind));
  out.push_back(',');
  append_member(out, "time", time);
  out += ",\"datacontenttype\":\"application/json\",\"data\":{";
  append_member(out, key_name, key);
  if (!till.site.empty()) {
    out.push_back(',');
    append_member(out, "siteId", till.site);
  }
  if (!till.register_id.empty()) {
    out.push_back(',');
    append_member(out, "registerId", till.register_id);
  }
  return out;
}

void end_event(std::string& out) {
  out += "}}";
}

}  // namespace storeward::till
