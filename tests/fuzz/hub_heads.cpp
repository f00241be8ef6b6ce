// An agent's heads as the hub reads them (agent/core/hub_protocol).
#include "agent/core/hub_protocol.h"
#include "tests/fuzz/support.h"
#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

void run(std::string_view text) {
  const auto heads = parse_heads(text);
  if (!heads) {
    ASSERT(!heads.error().message.empty());
    return;
  }
  ASSERT(is_json(text));
  for (const auto& [stream, head] : heads->streams) {
    ASSERT(head.first >= 1);
    for (const AbsentRange& absent : head.absent) {
      ASSERT(absent.range.first >= 1 && absent.range.first <= absent.range.last);
    }
  }
  const std::string written = to_json(*heads);
  const auto again = parse_heads(written);
  ASSERT(again.has_value() && to_json(*again) == written);
  ASSERT(again->streams.size() == heads->streams.size());
}

const Registered registered({"hub_heads", 1u << 20, run});

}  // namespace
}  // namespace storeward::fuzz
