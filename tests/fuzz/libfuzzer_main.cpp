// What libFuzzer calls; linked with exactly one target.
#include <cstdint>

#include "agent/base/assert.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using storeward::fuzz::targets;
  ASSERT(targets().size() == 1);
  if (size > targets().front().max_bytes) return -1;  // not worth keeping either
  targets().front().run({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
