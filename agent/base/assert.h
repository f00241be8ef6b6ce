// ASSERT(condition): a broken invariant is a bug; the process ends at once (it is crash-only, the
// store recovers), in release builds too. Never for bad input: that is a Result.
#pragma once

namespace storeward {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
}

#define ASSERT(condition)                              \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::storeward::assertion_failed(#condition, __FILE__, __LINE__))
