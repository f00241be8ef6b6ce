// Place: where a value of an event stands, for messages. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace storeward {

// A member of what stands above it, or an item. Spelt out only where something is wrong; an event
// has a hundred places, and nearly always all are right.
struct Place {
  const Place* above = nullptr;
  std::string_view member = {};  // empty: an item
  std::size_t item = 0;

  std::string text() const;  // "data.lines[2].gtin"
};

}  // namespace storeward
