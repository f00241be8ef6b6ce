// Desk: the forwarder with a store that answers reads at once, and everything it ever did. For the
// forwarder's unit tests.
#pragma once

#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "agent/core/forwarder.h"

namespace storeward::test {

inline const Epoch e1 = "019a0000-0000-7000-8000-000000000001";
inline constexpr Instant start{Millis{1'000'000}};

inline Message message_of(const StreamKey& stream, Range range, std::size_t bytes = 0) {
  const auto count = static_cast<std::uint32_t>(range.last - range.first + 1);
  return {stream, range, count, Codec::plain,
          std::make_shared<const std::string>(bytes != 0 ? bytes : count * 100, 'x')};
}

inline StreamHead head_to(Sequence last) {
  StreamHead head;
  head.last = last;
  return head;
}

struct Desk {
  explicit Desk(ForwarderOptions options = {}, Sequence sales = 0, std::uint32_t per_message = 10)
      : Desk(options, {{{e1, Stream::sales}, head_to(sales)}}, e1, per_message) {}
  Desk(ForwarderOptions options, std::vector<StreamState> streams, const Epoch& current,
       std::uint32_t per_message = 10)
      : most(per_message), forwarder(options, 1, std::move(streams), current, start) {}

  Actions step() {
    Actions actions = forwarder.step(now);
    for (const ReadRequest& read : actions.reads) {
      Range range = read.wanted;
      range.last = std::min(range.last, range.first + most - 1);
      forwarder.on_read(read, message_of(read.stream, range));
    }
    for (const Publish& publish : actions.publishes) sent.push_back(publish);
    for (const Withhold& withheld_one : actions.withheld) {
      withheld.push_back(withheld_one.sequence);
      withheld_reasons.push_back(withheld_one.reason);
    }
    for (const AlertChange& alert : actions.alerts) alerts[alert.kind] = alert.raised;
    for (const HubRejected& one : actions.rejected) rejected.push_back(one.sequence);
    if (actions.publish_heads) ++heads;
    if (actions.fork) ++forks;
    if (actions.take_levels) ++levels_taken;
    connecting = connecting || actions.connect;
    if (actions.hash_query) hash_query = std::pair{*actions.hash_query, actions.hash_at};
    return actions;
  }
  void settle() {
    for (int i = 0; i < 100; ++i) {
      const Actions actions = step();
      if (actions.reads.empty() && actions.publishes.empty() && actions.withheld.empty()) return;
    }
  }
  void pass(Millis time) {
    now += time;
    settle();
  }
  void ack(const HubAck& word) {
    forwarder.on_ack(now, to_json(word));
    settle();
  }
  void down(LinkFailure failure = LinkFailure::lost) {
    sent.clear();
    connecting = false;
    forwarder.on_link_down(now, failure, "gone");
    settle();
  }
  void reconnect() {
    for (int i = 0; i < 200 && !connecting; ++i) pass(Millis{1'000});
    REQUIRE(connecting);
    connecting = false;
    forwarder.on_link_up(now, {});
    settle();
    pass(Millis{2'000});  // the retained ack does not come
  }
  void up(LinkLimits limits = {}) {
    settle();
    forwarder.on_link_up(now, limits);
    settle();
  }
  void hub(std::uint64_t serial, Sequence confirmed) {
    HubAck ack{serial, {}};
    ack.epochs[e1].confirmed[Stream::sales] = confirmed;
    forwarder.on_ack(now, to_json(ack));
    settle();
  }
  void broker(PublishId id, std::uint8_t reason = 0) {
    forwarder.on_broker_ack(now, id, reason);
    settle();
  }
  Publish take() {
    REQUIRE_FALSE(sent.empty());
    Publish next = sent.front();
    sent.pop_front();
    return next;
  }

  const StreamKey sales_key{e1, Stream::sales};
  Instant now = start;
  std::uint32_t most;
  Forwarder forwarder;
  std::deque<Publish> sent;
  std::vector<Sequence> withheld;
  std::vector<std::string> withheld_reasons;
  std::map<AlertKind, bool> alerts;
  std::vector<Sequence> rejected;
  std::optional<std::pair<StreamKey, Sequence>> hash_query;
  int heads = 0, forks = 0, levels_taken = 0;
  bool connecting = false;
};

}  // namespace storeward::test
