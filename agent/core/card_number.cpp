#include "agent/core/card_number.h"

#include <array>
#include <cstdint>

namespace storeward {
namespace {

// Issuer identification numbers as ranges of the first six digits, with the lengths in use.
struct IssuerRange {
  std::uint32_t first, last;
  std::uint8_t shortest, longest;
  bool major;
};

constexpr std::array issuer_ranges = {
    IssuerRange{220000, 220499, 16, 19, false},  // Mir
    IssuerRange{222100, 272099, 16, 16, true},   // Mastercard
    IssuerRange{300000, 305999, 14, 19, false},  // Diners Club
    IssuerRange{309500, 309599, 14, 19, false},
    IssuerRange{340000, 349999, 15, 15, true},   // American Express
    IssuerRange{352800, 358999, 16, 19, true},   // JCB
    IssuerRange{360000, 369999, 14, 19, false},  // Diners Club
    IssuerRange{370000, 379999, 15, 15, true},   // American Express
    IssuerRange{380000, 399999, 14, 19, false},  // Diners Club
    IssuerRange{400000, 499999, 13, 13, false},  // Visa, old
    IssuerRange{400000, 499999, 16, 16, true},   // Visa
    IssuerRange{400000, 499999, 18, 19, false},
    IssuerRange{500000, 509999, 13, 19, false},  // Maestro, Elo, Verve, RuPay
    IssuerRange{510000, 559999, 16, 16, true},   // Mastercard
    IssuerRange{560000, 589999, 13, 19, false},  // Maestro
    IssuerRange{600000, 699999, 13, 19, false},  // Maestro, UnionPay, RuPay, Discover
    IssuerRange{810000, 829999, 16, 19, false},  // UnionPay, RuPay
    IssuerRange{979200, 979299, 16, 16, false},  // Troy
    IssuerRange{601100, 601199, 16, 16, true},   // Discover
    IssuerRange{644000, 659999, 16, 16, true},
};

std::uint32_t leading_six(std::string_view digits) {
  std::uint32_t value = 0;
  for (const char digit : digits.substr(0, 6)) {
    value = value * 10 + static_cast<std::uint32_t>(digit - '0');
  }
  return value;
}

bool fits_issuer(std::string_view digits, bool only_major) {
  if (digits.size() < shortest_card_number || digits.size() > longest_card_number) return false;
  const std::uint32_t issuer = leading_six(digits);
  for (const IssuerRange& range : issuer_ranges) {
    if (issuer >= range.first && issuer <= range.last && digits.size() >= range.shortest &&
        digits.size() <= range.longest && (range.major || !only_major)) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool luhn_valid(std::string_view digits) {
  int sum = 0;
  bool doubled = false;
  for (std::size_t i = digits.size(); i-- > 0; doubled = !doubled) {
    int digit = digits[i] - '0';
    if (doubled) digit = digit > 4 ? 2 * digit - 9 : 2 * digit;
    sum += digit;
  }
  return !digits.empty() && sum % 10 == 0;
}

bool gs1_valid(std::string_view digits) {
  const std::size_t n = digits.size();
  if (n != 8 && n != 12 && n != 13 && n != 14 && n != 18) return false;
  int sum = 0;
  int weight = 1;
  for (std::size_t i = n; i-- > 0; weight = 4 - weight) {
    if (digits[i] < '0' || digits[i] > '9') return false;
    sum += weight * (digits[i] - '0');
  }
  return sum % 10 == 0;
}

bool is_card_number(std::string_view digits) {
  return fits_issuer(digits, false) && luhn_valid(digits);
}

bool is_major_card_number(std::string_view digits) {
  return fits_issuer(digits, true) && luhn_valid(digits);
}

bool begins_like_card_number(std::string_view digits) {
  return fits_issuer(digits, false);
}

std::string hidden_card_number(std::string_view digits) {
  return std::string("************").append(digits.substr(digits.size() - 4));
}

}  // namespace storeward
