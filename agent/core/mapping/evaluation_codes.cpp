// Evaluation: what is inside of scanned codes and RFID tags.
#include <algorithm>

#include "agent/core/epc.h"
#include "agent/core/gs1.h"
#include "agent/core/json_text.h"
#include "agent/core/mapping/evaluation.h"

namespace storeward::mapping {

std::optional<std::string_view> Evaluation::of_scan(std::string_view scan,
                                                    const std::string& wanted) {
  auto read = gs1::read_scan(scan, context_.year);
  if (!read) return wrong(read.error().message);
  if (wanted == "gtin") return keep(std::move(read->gtin));
  if (wanted == "plain") return keep(std::move(read->plain));
  if (wanted == "symbology") {
    if (read->symbology == gs1::Symbology::none) return std::nullopt;
    return keep(std::string(gs1::name(read->symbology)));
  }
  const auto at = std::ranges::find(read->elements, wanted, &gs1::Element::identifier);
  if (at == read->elements.end()) return std::nullopt;
  return keep(std::move(at->meaning));
}

std::optional<std::string_view> Evaluation::of_epc(std::string_view text,
                                                   const std::string& wanted) {
  auto read = read_epc(text);
  if (!read) return wrong(read.error().message);
  return keep(std::move(wanted == "serial" ? read->serial
                        : wanted == "lot"  ? read->lot
                                           : read->gtin));
}

bool Evaluation::write_gs1_elements(std::string_view text, std::string& out) {
  const auto read = gs1::read_scan(text, context_.year);
  if (!read) return wrong(read.error().message), false;
  if (read->elements.empty()) return false;
  out += '{';
  for (const gs1::Element& element : read->elements) {
    if (&element != read->elements.data()) out += ',';
    json_text::append_string(out, element.name);
    out += ':';
    json_text::append_string(out, element.meaning);
  }
  out += '}';
  return true;
}

}  // namespace storeward::mapping
