// UTF-8 (RFC 3629): the few questions we have about it. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace storeward {

// What some programs write before their text (U+FEFF); it says nothing where the text is UTF-8.
inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// The length of the well-formed character that starts at `at`, 0 if there is none.
std::size_t utf8_length(std::string_view text, std::size_t at);

// Whether all of it is well-formed.
bool is_utf8(std::string_view text);

// Characters (code points) of well-formed text.
std::size_t utf8_characters(std::string_view text);

// The longest prefix of at most `limit` bytes that does not end within a character.
std::string_view utf8_prefix(std::string_view text, std::size_t limit);

}  // namespace storeward
