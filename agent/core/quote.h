// A source's text as a reason or a remark quotes it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace storeward {

// In quotation marks, the first 60 bytes. Masked before it is cut: of a card's number that is cut
// no check digit tells any more.
std::string in_quotes(std::string_view text);

}  // namespace storeward
