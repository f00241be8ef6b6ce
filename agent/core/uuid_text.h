// Where a UUID stands in a text (RFC 9562: 8-4-4-4-12 hex digits). Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace storeward {

// Whether the bytes from `begin` to `end` are part of a UUID of a known version. It has at least
// one letter, and no letter or digit stands at its ends: no card number is written like that.
bool stands_in_uuid(std::string_view text, std::size_t begin, std::size_t end);

// Whether all of it is one such UUID.
bool is_uuid(std::string_view text);

}  // namespace storeward
