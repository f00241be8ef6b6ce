// A card number in groups of digits: what may stand between them. Pure.
//
// A blank or a dash of any kind may part the digits anywhere. In the groups in which cards are
// printed, and in which people type them, one to three characters of any kind but letters and
// digits may: "4111 / 1111 / 1111 / 1111", a group in each line.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace storeward {

// Bytes of the one character at `at` that may stand between any two digits; 0 if none does.
std::size_t separator_at(std::string_view text, std::size_t at);

struct GroupedCard {
  std::size_t end = 0;
  std::string digits;
};

// What one asks of digits: is_card_number or is_major_card_number.
using IsCard = bool (*)(std::string_view digits);

// The card number of which the digits from `begin` to `group_end` are the first group as printed.
std::optional<GroupedCard> card_in_printed_groups(std::string_view text, std::size_t begin,
                                                  std::size_t group_end, IsCard is_card);

}  // namespace storeward
