// Decimal: an exact sum of quantities, fixed-point with twelve places. No floating point anywhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace storeward::hub {

class Decimal {
 public:
  // "-12.500" and the like: at most 26 digits before the point, 12 after it.
  static std::optional<Decimal> parse(std::string_view text);

  Decimal& operator+=(const Decimal& other) {
    scaled_ += other.scaled_;
    return *this;
  }
  Decimal& operator-=(const Decimal& other) {
    scaled_ -= other.scaled_;
    return *this;
  }
  friend bool operator==(const Decimal&, const Decimal&) = default;

  std::string to_text() const;  // the shortest exact form: "12.5", "0", "-3"

 private:
  __extension__ using Int128 = __int128;
  Int128 scaled_ = 0;
};

}  // namespace storeward::hub
