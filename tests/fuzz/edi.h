// What must hold of an X12 or EDIFACT source, whatever its bytes.
#pragma once

#include <string_view>

namespace storeward::fuzz {

void check_edi(std::string_view kind, std::string_view source);

}  // namespace storeward::fuzz
