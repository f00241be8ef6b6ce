// One character of Unicode as its number and in UTF-8, and the kinds that matter where digits are
// looked for. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace storeward {

struct Character {
  char32_t code;
  std::size_t width;  // bytes
};

// The character that starts at `at`, which is within the text. A byte that is no UTF-8 is taken for
// the character that Windows-1252 has for it, near enough: one byte wide.
Character character_at(std::string_view text, std::size_t at);

// U+FFFD for what is no character.
void append_utf8(std::string& text, char32_t code);

// The value of a digit of ASCII, full width or Arabic.
std::optional<char> decimal_digit(char32_t code);

// Blanks of any width but ASCII's, none at all included (U+200B, the soft hyphen), and dashes: what
// typesetting puts between digits.
bool is_foreign_blank_or_dash(char32_t code);

// Neither letter nor digit: marks, symbols, blanks, pictures. Of scripts beyond Latin's range only
// what all of them share.
bool is_mark(char32_t code);

}  // namespace storeward
