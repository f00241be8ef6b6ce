// Finds in text the values of verification values, PINs and track data that are named there, by the
// names that mask a field of a tree (field_names.h), in any of their spellings. Pure.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace storeward {

// From `begin` on, before `end`.
struct NamedValue {
  std::size_t begin, end;
};

// In the order of the text, none within another.
std::vector<NamedValue> find_named_secrets(std::string_view text);

}  // namespace storeward
