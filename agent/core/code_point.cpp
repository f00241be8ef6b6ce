#include "agent/core/code_point.h"

#include <algorithm>
#include <array>

#include "agent/base/ascii.h"
#include "agent/core/utf8.h"

namespace storeward {
namespace {

struct Range {
  char32_t first, last;
};

template <std::size_t Count>
bool is_in(const std::array<Range, Count>& ranges, char32_t code) {
  return std::ranges::any_of(
      ranges, [code](const Range& range) { return code >= range.first && code <= range.last; });
}

constexpr std::array blanks_and_dashes = {
    Range{0x96, 0x97},      // dashes of Windows-1252
    Range{0xA0, 0xA0},      // no-break space
    Range{0xAD, 0xAD},      // soft hyphen
    Range{0x061C, 0x061C},  // a mark of direction, as the last ones of the next range
    Range{0x2000, 0x2015},  // spaces, joiners, hyphens, dashes
    Range{0x202A, 0x202F},  // marks of direction, narrow no-break space
    Range{0x205F, 0x2069},  // a space, a joiner, invisible signs, marks of direction
    Range{0x2212, 0x2212},  // minus
    Range{0x3000, 0x3000},  // ideographic space
    Range{0xFEFF, 0xFEFF},  // no-break space of no width
    Range{0xFFFD, 0xFFFD},  // what stands for a byte that was no UTF-8, a blank of Latin-1 too
};

constexpr std::array marks = {
    Range{0x80, 0xA9},       Range{0xAB, 0xB4},     Range{0xB6, 0xB9},     Range{0xBB, 0xBF},
    Range{0xD7, 0xD7},       Range{0xF7, 0xF7},     Range{0x0300, 0x036F}, Range{0x0600, 0x061F},
    Range{0x066A, 0x066D},   Range{0x1680, 0x1680}, Range{0x180E, 0x180E}, Range{0x2000, 0x2070},
    Range{0x207A, 0x207E},   Range{0x208A, 0x208E}, Range{0x20A0, 0x20FF}, Range{0x2190, 0x245F},
    Range{0x2500, 0x2BFF},   Range{0x2E00, 0x2E7F}, Range{0x3000, 0x3004}, Range{0x3008, 0x3020},
    Range{0x3030, 0x3030},   Range{0xFE00, 0xFE6F}, Range{0xFEFF, 0xFEFF}, Range{0xFF00, 0xFF0F},
    Range{0xFF1A, 0xFF20},   Range{0xFF3B, 0xFF40}, Range{0xFF5B, 0xFF65}, Range{0xFFE0, 0xFFFD},
    Range{0x1F000, 0x1FAFF},
};

}  // namespace

Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[at + i]));
  };
  const auto bits = [&](std::size_t i) { return byte(i) & 0x3F; };
  const std::size_t width = utf8_length(text, at);
  switch (width) {
    case 2:
      return {(byte(0) & 0x1F) << 6 | bits(1), width};
    case 3:
      return {(byte(0) & 0x0F) << 12 | bits(1) << 6 | bits(2), width};
    case 4:
      return {(byte(0) & 0x07) << 18 | bits(1) << 12 | bits(2) << 6 | bits(3), width};
    default:
      return {byte(0), 1};
  }
}

void append_utf8(std::string& text, char32_t code) {
  const auto append = [&text](char32_t byte) { text += static_cast<char>(byte); };
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) code = 0xFFFD;
  if (code < 0x80) return append(code);
  if (code < 0x800) {
    append(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    append(0xE0 | code >> 12);
    append(0x80 | (code >> 6 & 0x3F));
  } else {
    append(0xF0 | code >> 18);
    append(0x80 | (code >> 12 & 0x3F));
    append(0x80 | (code >> 6 & 0x3F));
  }
  append(0x80 | (code & 0x3F));
}

std::optional<char> decimal_digit(char32_t code) {
  for (const char32_t zero : {U'0', U'\uFF10', U'\u0660', U'\u06F0'}) {
    if (code >= zero && code <= zero + 9) return static_cast<char>('0' + (code - zero));
  }
  return std::nullopt;
}

bool is_foreign_blank_or_dash(char32_t code) {
  return is_in(blanks_and_dashes, code);
}

bool is_mark(char32_t code) {
  if (code >= 0x80) return is_in(marks, code);
  const char c = static_cast<char>(code);
  return !is_letter(c) && !is_digit(c);
}

}  // namespace storeward
