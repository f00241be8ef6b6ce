// The hub's word (agent/core/hub_protocol): read, written and read again it is the same, and
// whatever it says, the forwarder's cursor stays within what there is and never goes back.
#include <algorithm>
#include <memory>

#include "agent/core/forwarder.h"
#include "tests/fuzz/support.h"
#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

const Epoch epoch = "019a0000-0000-7000-8000-000000000001";
constexpr Sequence newest = 100;
constexpr Sequence most_events_a_message = 30;

// Whether it can be read.
bool check_reading(std::string_view text) {
  const auto ack = parse_hub_ack(text);
  if (!ack) {
    ASSERT(!ack.error().message.empty());
    return false;
  }
  ASSERT(is_json(text) && ack->epochs.size() <= 1000);
  const std::string written = to_json(*ack);
  const auto again = parse_hub_ack(written);
  ASSERT(again.has_value() && to_json(*again) == written);
  ASSERT(again->serial == ack->serial && again->epochs.size() == ack->epochs.size());
  for (const auto& [name, word] : ack->epochs) {
    for (const auto& [stream, ranges] : word.missing) {
      for (const Range& range : ranges) ASSERT(range.first >= 1 && range.first <= range.last);
    }
  }
  return true;
}

// A store that has everything and a broker that takes everything.
void settle(Forwarder& forwarder, Instant now) {
  constexpr int most_steps = 64;
  for (int i = 0; i < most_steps; ++i) {
    const Actions actions = forwarder.step(now);
    for (const ReadRequest& read : actions.reads) {
      Range range = read.wanted;
      ASSERT(range.first >= 1 && range.first <= range.last && range.last <= newest);
      range.last = std::min(range.last, range.first + most_events_a_message - 1);
      forwarder.on_read(
          read, {read.stream, range, static_cast<std::uint32_t>(range.last - range.first + 1),
                 Codec::plain, std::make_shared<const std::string>("[{},{}]")});
    }
    for (const Publish& publish : actions.publishes) forwarder.on_broker_ack(now, publish.id, 0);
    for (const CursorSave& save : actions.cursor_saves) ASSERT(save.confirmed <= newest);
    for (const HubRejected& rejected : actions.rejected) ASSERT(rejected.sequence <= newest);
    if (actions.hash_query) forwarder.on_hash(*actions.hash_query, actions.hash_at, Sha256{});
    if (actions.reads.empty() && actions.publishes.empty()) return;
  }
}

void check_obeying(std::string_view text) {
  const StreamKey sales{epoch, Stream::sales};
  StreamHead head;
  head.last = newest;
  head.published = head.confirmed = 10;
  Instant now{Millis{1'000'000}};
  Forwarder forwarder({}, 1, {{sales, head}}, epoch, now);
  settle(forwarder, now);
  forwarder.on_link_up(now, {});
  Sequence confirmed = head.confirmed;
  for (int round = 0; round < 3; ++round) {
    forwarder.on_ack(now, text);
    settle(forwarder, now);
    const StreamProgress progress = forwarder.progress(sales);
    ASSERT(progress.confirmed >= confirmed && progress.confirmed <= newest);
    confirmed = progress.confirmed;
    now += Millis{6'000};
    settle(forwarder, now);
  }
}

// Unreadable words are all the same to the forwarder, and most of what a fuzzer makes: trying each
// on a forwarder would take nine tenths of the time.
void run(std::string_view text) {
  if (check_reading(text)) check_obeying(text);
}

const Registered registered({"hub_ack", 1u << 20, run});

}  // namespace
}  // namespace storeward::fuzz
