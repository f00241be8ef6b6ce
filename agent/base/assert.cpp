#include "agent/base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace storeward {

void assertion_failed(const char* expression, const char* file, int line) {
  // No payload and no logger here: the message must get out whatever state the process is in.
  std::fprintf(stderr, "storeward: bug: %s does not hold (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace storeward
