#include "agent/core/card_groups.h"

#include <array>
#include <cstdint>
#include <span>

#include "agent/base/ascii.h"
#include "agent/core/card_number.h"
#include "agent/core/code_point.h"

namespace storeward {
namespace {

constexpr std::size_t most_groups = 5;

// Sizes of the groups, 0 where there are no more.
struct Layout {
  std::array<std::uint8_t, most_groups> sizes;
  bool begins_with_3;  // only brands whose numbers do are printed like this
};

// The longest first. 4-6-5 is American Express, 4-6-4 Diners Club.
constexpr std::array layouts = {
    Layout{{4, 4, 4, 4, 3}, false}, Layout{{4, 4, 4, 4, 2}, false}, Layout{{4, 4, 4, 4}, false},
    Layout{{4, 4, 4, 3}, true},     Layout{{4, 6, 5}, true},        Layout{{4, 6, 4}, true},
};

// From the character behind the digits that end at `at` to the next digit; its place, or `at` if
// there is none so near.
std::size_t next_group(std::string_view text, std::size_t at) {
  constexpr int most_characters = 3;
  std::size_t next = at;
  for (int characters = 0; characters <= most_characters && next < text.size(); ++characters) {
    if (is_digit(text[next])) return next;
    const Character character = character_at(text, next);
    if (!is_mark(character.code)) break;
    next += character.width;
  }
  return at;
}

struct Group {
  std::size_t begin = 0, end = 0;
};

std::optional<GroupedCard> card_in(const Layout& layout, std::string_view text,
                                   std::span<const Group> groups, IsCard is_card) {
  GroupedCard card;
  for (std::size_t i = 0; i < most_groups && layout.sizes[i] > 0; ++i) {
    if (i >= groups.size() || groups[i].end - groups[i].begin != layout.sizes[i]) {
      return std::nullopt;
    }
    card.digits.append(text, groups[i].begin, layout.sizes[i]);
    card.end = groups[i].end;
  }
  const bool begins_well = !layout.begins_with_3 || card.digits.front() == '3';
  return begins_well && is_card(card.digits) ? std::optional(card) : std::nullopt;
}

}  // namespace

std::size_t separator_at(std::string_view text, std::size_t at) {
  if (at >= text.size()) return 0;
  const char c = text[at];
  if (c == ' ' || c == '-' || c == '+') return 1;
  if (static_cast<unsigned char>(c) < 0x80) return 0;
  const Character character = character_at(text, at);
  return is_foreign_blank_or_dash(character.code) ? character.width : 0;
}

std::optional<GroupedCard> card_in_printed_groups(std::string_view text, std::size_t begin,
                                                  std::size_t group_end, IsCard is_card) {
  if (group_end - begin != layouts.front().sizes.front()) return std::nullopt;
  std::array<Group, most_groups> groups;
  groups[0] = {begin, group_end};
  std::size_t count = 1;
  for (; count < most_groups; ++count) {
    const std::size_t from = groups[count - 1].end;
    const std::size_t next = next_group(text, from);
    if (next == from) break;
    std::size_t end = next;
    while (end < text.size() && is_digit(text[end]) && end - next < longest_card_number) ++end;
    if (count == 1 && end - next != 4 && end - next != 6) return std::nullopt;  // most: dates
    groups[count] = {next, end};
  }
  for (const Layout& layout : layouts) {
    if (auto card = card_in(layout, text, std::span(groups.data(), count), is_card)) return card;
  }
  return std::nullopt;
}

}  // namespace storeward
