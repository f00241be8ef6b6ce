// An X12 source (drivers/formats/edi) and the 997 that answers it.
#include "tests/fuzz/edi.h"
#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

void run(std::string_view source) {
  check_edi("x12", source);
}

const Registered registered({"x12", 64u << 10, run});

}  // namespace
}  // namespace storeward::fuzz
