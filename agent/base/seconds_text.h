// A time as people read it in a status: "5 s", rounded up.
#pragma once

#include <string>

#include "agent/base/clock.h"

namespace storeward {

std::string seconds_text(Millis time);

}  // namespace storeward
