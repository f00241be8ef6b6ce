// The hub's command (agent/core/hub_protocol) and what the forwarder answers to it.
#include "agent/core/forwarder.h"
#include "tests/fuzz/support.h"
#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

const Epoch epoch = "019a0000-0000-7000-8000-000000000001";
constexpr Sequence newest = 100;

Sequence count_of(const std::vector<Range>& ranges) {
  Sequence count = 0;
  for (const Range& range : ranges) {
    ASSERT(range.first >= 1 && range.first <= range.last);
    count += range.last - range.first + 1;
  }
  return count;
}

// All that was asked for is either accepted or unavailable.
void check_answer(const ReplayCommand& command) {
  StreamHead head;
  head.first = 5;
  head.last = newest;
  head.published = head.confirmed = 90;
  head.absent = {{{40, 44}, AbsentReason::withheld}};
  const Instant now{Millis{1'000'000}};
  Forwarder forwarder({}, 1, {{{epoch, Stream::sales}, head}}, epoch, now);
  const ReplayAnswer answer = forwarder.on_replay(command);
  ASSERT(is_json(to_json(answer)));
  if (!answer.ok) return;
  const Sequence asked = command.range.last - command.range.first + 1;
  ASSERT(count_of(answer.accepted) + count_of(answer.unavailable) == asked);
  for (const Range& range : answer.accepted) {
    ASSERT(range.first >= head.first && range.last <= newest);
  }
}

void run(std::string_view text) {
  const auto command = parse_command(text);
  if (!command) {
    ASSERT(!command.error().message.empty());
    return;
  }
  ASSERT(is_json(text));
  ASSERT(command->range.first >= 1 && command->range.first <= command->range.last);
  const auto again = parse_command(to_json(*command));
  ASSERT(again && again->stream == command->stream && again->range == command->range);
  check_answer(*command);
}

const Registered registered({"hub_command", 1u << 20, run});

}  // namespace
}  // namespace storeward::fuzz
