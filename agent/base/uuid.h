// UUIDs made from names (RFC 9562 version 5).
#pragma once

#include <string>
#include <string_view>

namespace storeward {

// The same name always gives the same UUID, in Storeward's own namespace: 36 characters.
std::string uuid_from_name(std::string_view name);

}  // namespace storeward
