// JSON written by appending to a string: for answers and statuses, where a document tree would cost
// more than the text. Pure; the caller keeps braces and commas in order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace storeward::json_text {

// `text` in quotes, escaped (RFC 8259). Bytes that are no UTF-8 become U+FFFD, so the result always
// is.
void append_string(std::string& out, std::string_view text);

void append_number(std::string& out, std::uint64_t value);
void append_number(std::string& out, std::int64_t value);

}  // namespace storeward::json_text
