#include "agent/base/seconds_text.h"

namespace storeward {

std::string seconds_text(Millis time) {
  return std::to_string((time.count() + 999) / 1000) + " s";
}

}  // namespace storeward
