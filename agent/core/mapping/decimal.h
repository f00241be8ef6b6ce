// Decimal: an exact number as it stands in a source, and the little arithmetic that templates have.
// Fixed-point, at most 18 digits of which at most 9 stand behind the point (CONTRACT section 3);
// what does not fit is nothing, never rounded silently. The currency's sign that stood beside it
// goes with it, so that an amount in dollars is not told in euros; of two it is the first one's.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/core/currency.h"

namespace storeward {

// How numbers are written in a source.
struct NumberFormat {
  char decimal = '.';
  char group = '\0';  // between thousands; left out when reading. '\0': none
};

class Decimal {
 public:
  static constexpr int max_scale = 9;

  Decimal() = default;
  static Decimal whole(std::int64_t value) { return Decimal(value, 0); }

  // "-1.234,50", "12.5-" (sign behind), "+3", ".5", "(5.00)" (a bookkeeper's minus), JSON's 1E2;
  // white space and currency signs around it are no part of it. Zeros behind the ninth place are
  // none.
  static std::optional<Decimal> parse(std::string_view text, NumberFormat format = {});

  // The nearest to a JSON number: programs that reckon in binary write 19.989999999999998. Half
  // away from zero. None if the digits before the point do not fit.
  static std::optional<Decimal> nearest(std::string_view json_number);
  // Whether that is another number: there are more digits behind the point than fit.
  static bool is_to_be_rounded(std::string_view json_number);

  bool is_zero() const { return digits_ == 0; }
  bool is_negative() const { return digits_ < 0; }
  CurrencySign currency_sign() const { return sign_; }
  Decimal negated() const { return Decimal(-digits_, scale_, sign_); }
  Decimal absolute() const { return is_negative() ? negated() : *this; }
  // 10^-places times this: implied decimals. 0 <= places <= 9.
  std::optional<Decimal> shifted(int places) const;

  static std::optional<Decimal> sum(const Decimal& a, const Decimal& b);
  static std::optional<Decimal> product(const Decimal& a, const Decimal& b);
  static int compare(const Decimal& a, const Decimal& b);  // < 0, 0, > 0

  // In units of 10^-places, half away from zero where digits fall away; `exact` says that none did.
  std::optional<std::int64_t> scaled(int places, bool& exact) const;

  // "-12.50": as many places as it has.
  std::string to_text() const;

 private:
  Decimal(std::int64_t digits, int scale, CurrencySign sign = CurrencySign::none)
      : digits_(digits), scale_(scale), sign_(sign) {}
  __extension__ using Int128 = __int128;
  static std::optional<Decimal> fitted(Int128 digits, int scale, CurrencySign sign);

  std::int64_t digits_ = 0;  // within ±(10^18 - 1)
  int scale_ = 0;            // 0..9
  CurrencySign sign_ = CurrencySign::none;
};

}  // namespace storeward
