// Scans and product codes (agent/core: gs1, epc, gs1_canonical_uri).
#include "agent/core/gs1.h"

#include "agent/core/epc.h"
#include "agent/core/gs1_canonical_uri.h"
#include "agent/core/gs1_identifiers.h"
#include "tests/fuzz/support.h"
#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

constexpr int year = 2026;

void check_gtin(std::string_view gtin) {
  ASSERT(gtin.size() == 14 && gs1::check_digit_right(gtin));
  ASSERT(gs1::gtin_14(gtin) == gtin);
}

// Written in any of the two ways it reads as it was.
void check_elements(const std::vector<gs1::Element>& elements) {
  std::string bracketed, separated;
  for (const gs1::Element& element : elements) {
    ASSERT(!element.name.empty() && !element.value.empty() && !element.meaning.empty());
    ASSERT(is_utf8(element.value) && is_utf8(element.meaning));
    bracketed.append("(").append(element.identifier).append(")");
    for (const char c : element.value) bracketed.append(c == '(' ? "\\(" : std::string(1, c));
    separated.append(element.identifier).append(element.value).append(1, gs1::fnc1);
  }
  const auto first = gs1::read_bracketed(bracketed, year);
  ASSERT(first && *first == elements);
  const auto second = gs1::read_element_string(separated, year);
  ASSERT(second && *second == elements);
  for (const std::string& odd : gs1::odd_pairs(elements)) ASSERT(is_utf8(odd));
}

void run(std::string_view input) {
  const auto scan = gs1::read_scan(input, year);
  if (scan) {
    if (!scan->gtin.empty()) check_gtin(scan->gtin);
    if (!scan->elements.empty()) check_elements(scan->elements);
    const bool nothing = scan->gtin.empty() && scan->elements.empty() && scan->plain.empty();
    ASSERT(!nothing || input.size() == 3);  // a prefix and no more
  } else {
    ASSERT(!scan.error().message.empty() && is_utf8(scan.error().message));
  }
  if (const auto elements = gs1::read_digital_link(input, year)) check_elements(*elements);
  if (const auto elements = gs1::read_element_string(input, year)) check_elements(*elements);
  if (const auto epc = read_epc(input)) {
    check_gtin(epc->gtin);
    ASSERT(epc->serial.empty() || epc->lot.empty());
  }
  if (const auto uri = gs1::canonical_uri(input)) {
    const auto again = gs1::canonical_uri(*uri);
    ASSERT(again && *again == *uri);
  } else {
    ASSERT(is_utf8(uri.error().message));
  }
}

const Registered registered({"gs1", gs1::max_scan_bytes, run});

}  // namespace
}  // namespace storeward::fuzz
