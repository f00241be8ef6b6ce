// What a program has said, as it may be shown to people, logged and kept: masked, and then cut.
// Pure.
#pragma once

#include <string>
#include <string_view>

namespace storeward::exec {

// So much more than is shown has to be looked into: a number that a cut parts is none any more.
inline constexpr std::size_t beyond_cut =
    128;  // the digits of a card as \u0034, and what parts them

// The beginning of it, at most `limit` bytes. Who has not kept all of it gives at least
// limit + beyond_cut bytes.
std::string shown(std::string_view said, std::size_t limit);

}  // namespace storeward::exec
