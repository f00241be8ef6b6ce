// The card numbers that the simulated tills hand in, and no one else: found anywhere on the disk or
// the wire, they were not masked.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "tests/support/random.h"

namespace storeward::sim {

inline constexpr std::size_t card_number_digits = 16;
inline constexpr std::string_view card_number_start = "453914880343";  // an issuer range of Visa's

// Four more digits behind the start, the last one the check digit (ISO/IEC 7812-1).
inline std::string card_number(support::Random& random) {
  std::string digits(card_number_start);
  while (digits.size() + 1 < card_number_digits) {
    digits.push_back(static_cast<char>('0' + random.below(10)));
  }
  unsigned sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const unsigned digit = static_cast<unsigned>(digits[i] - '0') * (i % 2 == 0 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  digits.push_back(static_cast<char>('0' + (10 - sum % 10) % 10));
  return digits;
}

// As people write it.
inline std::string in_groups(std::string_view digits, char between) {
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && i % 4 == 0) text.push_back(between);
    text.push_back(digits[i]);
  }
  return text;
}

// What may be kept of it.
inline std::string masked(std::string_view digits) {
  return "************" + std::string(digits.substr(digits.size() - 4));
}

inline bool holds_card_number(std::string_view bytes) {
  static const std::array spellings = {std::string(card_number_start),
                                       in_groups(card_number_start, ' '),
                                       in_groups(card_number_start, '-')};
  for (const std::string& spelling : spellings) {
    if (bytes.find(spelling) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace storeward::sim
