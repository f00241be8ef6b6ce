// Text that stands in a URI with its bytes written %2F (RFC 3986 2.1). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace storeward {

// Nothing where a % begins no byte.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace storeward
