#include "agent/core/place.h"

namespace storeward {

std::string Place::text() const {
  std::string text = above != nullptr ? above->text() : std::string();
  if (member.empty()) return text + "[" + std::to_string(item) + "]";
  if (above != nullptr) text.push_back('.');
  return text.append(member);
}

}  // namespace storeward
