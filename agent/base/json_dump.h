// What nlohmann's library writes of a document, whatever bytes its texts hold. Pure.
#pragma once

#include <string>

namespace storeward {

// Bytes that are no UTF-8 become U+FFFD, where dump() alone would throw. Without `indent` one line.
template <typename Json>
std::string dumped(const Json& document, int indent = -1) {
  return document.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace storeward
