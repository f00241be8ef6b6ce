// The text of an event: CloudEvents 1.0 JSON (CONTRACT section 3), written front to back by
// appending. The caller gives valid UTF-8. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/till/decimal.h"
#include "agent/till/till_event.h"

namespace storeward::till {

void append_json_string(std::string& out, std::string_view text);  // with its quotes
void append_member(std::string& out, std::string_view name,
                   std::string_view text);  // "name":"text"
void append_money(std::string& out, std::string_view name, std::int64_t minor,
                  std::string_view currency);
void append_quantity(std::string& out, std::string_view name, Decimal value);  // in pieces
void append_price(std::string& out, std::string_view name, Decimal amount,
                  std::string_view currency);

// One line of a basket. `sku`, `gtin` and `description` may be empty, not all of them.
struct BasketLine {
  std::string_view kind;  // sale, return, fee
  std::string_view sku, gtin, description;
  Decimal quantity;
  Decimal unit_price;
  std::int64_t extended_minor = 0;
  int tax_percent = -1;  // unknown
  std::int64_t tax_minor = 0;
};
void append_line(std::string& out, std::size_t line_no, const BasketLine& line,
                 std::string_view currency);

// The envelope up to and with the opening of `data` and the members every type may carry. The
// caller appends its own members (each begun with a comma) and closes with end_event().
// `time` is RFC 3339.
std::string begin_event(const TillIdentity& till, Kind kind, std::string_view id,
                        std::string_view key_name, std::string_view key, std::string_view time);
void end_event(std::string& out);

}  // namespace storeward::till
