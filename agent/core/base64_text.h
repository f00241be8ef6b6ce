// Text that stands in base64 (RFC 4648, also the alphabet for URLs). Pure.
#pragma once

#include <string>
#include <string_view>

namespace storeward {

// What `token`, letters of base64 alone, says: as far as it decodes to printable ASCII.
std::string printable_in_base64(std::string_view token);

}  // namespace storeward
