// Names of files in a drop directory: which are meant, in which order, and how they are shown. Any
// bytes but '/' and NUL may stand in them. Pure.
#pragma once

#include <string>
#include <string_view>

namespace storeward::file_drop {

// Names that a program gives to a file it is still writing: .x, x.tmp, x.part, x~ and their like.
bool is_temporary(std::string_view name);

// Shell pattern (*, ?, [a-z]); upper and lower case differ.
bool matches(const std::string& pattern, const std::string& name);

// sales9 before sales10.
bool natural_less(std::string_view one, std::string_view other);

// For people, logs and our own file names: control characters, backslashes and what is no UTF-8 as
// \xNN, card numbers masked.
std::string shown(std::string_view name);

// In done/ and failed/: "sales.3fa9c1d2e4b7.csv" of sales.csv, so that a name that comes every day
// has its place, and the same content finds the same place after a crash. At most 200 bytes.
std::string filed_name(std::string_view name, std::string_view content_hex);

}  // namespace storeward::file_drop
