// The character set an XML source says it is written in. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "drivers/formats/text_encoding.h"

namespace storeward {

inline constexpr std::string_view xml_charset_names =
    "UTF-8, ISO-8859-1, ISO-8859-15, windows-1252";

// By its name (IANA, any case); none for those whose ASCII characters are not single bytes (UTF-16)
// and for all others.
std::optional<TextEncoding> xml_charset(std::string_view name);

// Well-formed UTF-8 of nothing but characters that XML allows: no control characters apart from tab
// and line ends.
bool is_xml_text(std::string_view utf8);

}  // namespace storeward
