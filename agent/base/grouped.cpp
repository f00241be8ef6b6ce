#include "agent/base/grouped.h"

#include <algorithm>

namespace storeward {

std::string grouped(std::uint64_t number) {
  return grouped(std::to_string(number));
}

std::string grouped(std::string decimal) {
  const std::size_t begin = decimal.starts_with('-') ? 1 : 0;
  std::size_t at = std::min(decimal.find('.'), decimal.size());
  while (at > begin + 3) decimal.insert(at -= 3, 1, ',');
  return decimal;
}

}  // namespace storeward
