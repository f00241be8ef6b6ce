// Exact decimal numbers as a sales log writes them. No floating point anywhere: 2.55 is 255 / 10^2.
// Pure values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/result.h"

namespace storeward::till {

// units / 10^scale. Always in lowest terms (2.50 is 25 / 10^1), so equal numbers are equal values.
struct Decimal {
  std::int64_t units = 0;
  int scale = 0;

  bool operator==(const Decimal&) const = default;
};

// Digits with an optional sign and fraction: "6", "-10", "2.55", "0.001". At most 15 digits in
// lowest terms, 9 of them after the point; no exponent, no grouping.
Result<Decimal> parse_decimal(std::string_view text);

Decimal negated(Decimal number);
std::string to_text(Decimal number);

// a x b in hundredths (the minor unit of GBP and EUR), rounded half away from zero.
Result<std::int64_t> product_in_minor(Decimal a, Decimal b);

}  // namespace storeward::till
