// What a file that is no plain text seems to be, in words for a person: by its first bytes. Pure.
#pragma once

#include <string>
#include <string_view>

namespace storeward::file_drop {

// Of so many bytes at the beginning, or of all of a shorter file.
inline constexpr std::size_t kind_bytes = 4096;

std::string kind_words(std::string_view head);

}  // namespace storeward::file_drop
