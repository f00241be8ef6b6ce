// Writing CSV (RFC 4180) that people open in a spreadsheet: fields are quoted where they must be,
// and one that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, "CSV
// Injection"): one that begins with = + - @ TAB CR or LF. A plain negative number ("-12.50") is no
// formula and stays one. Pure.
#pragma once

#include <string>
#include <string_view>

namespace storeward {

// Appends the field. Delimiters between fields and line ends are the caller's.
void append_csv_field(std::string& line, std::string_view field, char delimiter = ',');

}  // namespace storeward
