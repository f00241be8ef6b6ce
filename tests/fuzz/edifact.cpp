// An EDIFACT source (drivers/formats/edi) and the CONTRL that answers it.
#include "tests/fuzz/edi.h"
#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

void run(std::string_view source) {
  check_edi("edifact", source);
}

const Registered registered({"edifact", 64u << 10, run});

}  // namespace
}  // namespace storeward::fuzz
