// Text that stands in base64 (RFC 4648, also the alphabet for URLs). Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace storeward {

// What `token`, letters of base64 alone, says: as far as it decodes to printable ASCII, of a byte a
// character or of two (UTF-16).
std::string printable_in_base64(std::string_view token);

// Bytes of the line end at `end` within base64 that ends a line begun at `begin`, as MIME (RFC
// 2045) and PEM wrap it; 0 if no base64 goes on there.
std::size_t base64_wrap(std::string_view text, std::size_t begin, std::size_t end);

}  // namespace storeward
