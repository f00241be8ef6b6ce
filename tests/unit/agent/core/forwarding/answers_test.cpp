// What the broker's reason codes and hang-ups mean: FAULTS F20, F21, F26.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <random>

#include "agent/core/forwarding/range_set.h"
#include "tests/support/seed.h"
#include "tests/unit/agent/core/forwarder_desk.h"

using namespace storeward;
using namespace storeward::test;

namespace {

// A broker that hangs up on every message of `stream` with event `poison` in it and takes all
// others, until an event is withheld; meanwhile `busy` grows by an event a minute.
void serve(Desk& desk, Stream stream, Sequence poison, const StreamKey& busy, Sequence last) {
  const Instant until = desk.now + Millis{6 * 3'600'000};
  Instant grow_at = desk.now;
  while (desk.now < until && desk.withheld.empty()) {
    if (desk.now >= grow_at) {
      desk.forwarder.on_committed(busy, head_to(++last));
      grow_at += Millis{60'000};
    }
    if (desk.sent.empty()) {
      desk.pass(Millis{1'000});
      continue;
    }
    const Publish next = desk.take();
    const Range range = next.message.range;
    const bool is_poison =
        next.message.stream.stream == stream && range.first <= poison && poison <= range.last;
    if (is_poison) {
      desk.down();
      desk.reconnect();
    } else {
      desk.broker(next.id);
    }
  }
}

}  // namespace

TEST_CASE("a message that the broker hangs up on is halved down to one event, which is withheld",
          "[forwarder][poison][F21]") {
  const Sequence poison = GENERATE(1, 17, 40);
  Desk desk({}, 40, 40);
  desk.up();
  desk.hub(1, 0);
  serve(desk, Stream::sales, poison, desk.sales_key, 40);
  CHECK(desk.withheld == std::vector<Sequence>{poison});
  desk.settle();
  while (!desk.sent.empty()) desk.broker(desk.take().id);
  const StreamProgress progress = desk.forwarder.progress(desk.sales_key);
  CHECK(progress.published == progress.last);
}

TEST_CASE("after a poison event was withheld other streams go at full width again",
          "[forwarder][poison]") {
  const StreamKey stock{e1, Stream::stock};
  Desk desk({}, {{{e1, Stream::sales}, head_to(1)}, {stock, head_to(2)}}, e1, 1);
  desk.up();
  desk.hub(1, 0);
  serve(desk, Stream::sales, 1, stock, 2);
  REQUIRE(desk.withheld == std::vector<Sequence>{1});
  while (!desk.sent.empty()) desk.broker(desk.take().id);
  const Sequence last = desk.forwarder.progress(stock).last;
  desk.forwarder.on_committed(stock, head_to(last + 50));
  desk.settle();
  CHECK(desk.sent.size() > 10);
}

TEST_CASE("a flapping link never costs an event and still makes progress",
          "[forwarder][poison][F26]") {
  const std::uint64_t seed = testing::announced_seed("flapping link");
  std::mt19937_64 random(seed);
  Desk desk({.seed = seed}, 2'000, 10);
  desk.up();
  desk.hub(1, 0);
  const Instant until = desk.now + Millis{3'600'000};
  while (desk.now < until) {
    const Instant cut = desk.now + Millis{5'000};
    while (desk.now < cut && !desk.sent.empty()) {
      desk.now += Millis{static_cast<Millis::rep>(random() % 2'000)};
      desk.broker(desk.take().id);
    }
    if (desk.now < cut) desk.pass(cut - desk.now);
    desk.down();
    desk.pass(Millis{5'000});
    desk.reconnect();
  }
  CHECK(desk.withheld.empty());
  CHECK(desk.forwarder.progress(desk.sales_key).published > 500);
}

TEST_CASE("a broker that hangs up on everything costs no event", "[forwarder][poison]") {
  Desk desk({}, 40, 10);
  desk.up();
  desk.hub(1, 0);
  const Instant until = desk.now + Millis{6 * 3'600'000};
  while (desk.now < until) {
    if (!desk.sent.empty()) {
      desk.down();
      desk.reconnect();
    } else {
      desk.pass(Millis{1'000});
    }
  }
  CHECK(desk.withheld.empty());
  CHECK(desk.forwarder.progress(desk.sales_key).published == 0);
}

TEST_CASE("an exceeded quota is answered with growing waits, an alert, and nothing is lost",
          "[forwarder]") {
  Desk desk({}, 1, 1);
  desk.up();
  desk.hub(1, 0);
  std::vector<Millis> waits;
  for (int i = 0; i < 8; ++i) {
    desk.broker(desk.take().id, 0x97);
    const Instant refused = desk.now;
    for (int ms = 0; ms < 70'000 && desk.sent.empty(); ms += 100) desk.pass(Millis{100});
    waits.push_back(desk.now - refused);
  }
  for (const Millis wait : waits) CHECK(wait <= Millis{60'100});
  CHECK(waits.front() <= Millis{2'100});
  CHECK(*std::ranges::max_element(waits) > Millis{4'000});
  CHECK(desk.alerts[AlertKind::hub_refuses]);
  desk.broker(desk.take().id);
  CHECK_FALSE(desk.alerts[AlertKind::hub_refuses]);
  CHECK(desk.withheld.empty());
  CHECK(desk.forwarder.progress(desk.sales_key).published == 1);
}

TEST_CASE("one window refused by a quota counts as one refusal, not as many", "[forwarder]") {
  Desk desk({}, 64, 1);
  desk.up();
  desk.hub(1, 0);
  const std::deque<Publish> window = std::exchange(desk.sent, {});
  REQUIRE(window.size() > 10);
  for (const Publish& publish : window) desk.broker(publish.id, 0x97);
  CHECK_FALSE(desk.alerts[AlertKind::hub_refuses]);
  desk.pass(Millis{2'001});
  REQUIRE_FALSE(desk.sent.empty());
  CHECK(desk.sent.front().message.range.first == 1);
}

TEST_CASE("a stream that may not be published is tried again after an hour; the others go on",
          "[forwarder]") {
  const StreamKey stock{e1, Stream::stock};
  Desk desk({.confirm = Confirm::puback}, {{{e1, Stream::sales}, head_to(1)}, {stock, head_to(1)}},
            e1, 1);
  desk.up();
  desk.hub(1, 0);
  REQUIRE(desk.sent.size() == 2);
  desk.broker(desk.take().id, 0x87);
  desk.broker(desk.take().id);
  CHECK(desk.forwarder.progress(stock).published == 1);
  desk.pass(Millis{3'599'999});
  CHECK(desk.sent.empty());
  CHECK(desk.alerts[AlertKind::publish_not_authorised]);
  desk.pass(Millis{1});
  REQUIRE(desk.sent.size() == 1);
  desk.broker(desk.take().id);
  CHECK(desk.forwarder.progress(desk.sales_key).published == 1);
  CHECK_FALSE(desk.alerts[AlertKind::publish_not_authorised]);
}

TEST_CASE("a late, repeated or invented broker ack counts for nothing", "[forwarder][F20]") {
  Desk desk({}, 20, 10);
  desk.up();
  desk.hub(1, 0);
  REQUIRE(desk.sent.size() == 2);
  const Publish first = desk.take(), second = desk.take();
  desk.broker(second.id + 1'000);
  desk.broker(second.id);
  desk.broker(second.id);
  CHECK(desk.forwarder.progress(desk.sales_key).published == 0);
  desk.broker(first.id);
  CHECK(desk.forwarder.progress(desk.sales_key).published == 20);
}

namespace {

// Published in full; then the hub comes back with less and misses all of it.
void publish_and_miss_all(Desk& desk, Sequence last) {
  desk.up();
  desk.hub(1, 0);
  while (!desk.sent.empty()) desk.broker(desk.take().id);
  REQUIRE(desk.forwarder.progress(desk.sales_key).published == last);
}

HubAck missing(std::uint64_t serial, const RangeSet& ranges) {
  HubAck ack{serial, {}};
  ack.epochs[e1].confirmed[Stream::sales] = 0;
  ack.epochs[e1].missing[Stream::sales] = ranges.ranges();
  return ack;
}

// A broker that takes no message with event `poison` in it, and a hub that asks for what it misses.
// Ends when the hub misses nothing but the poison and that is withheld, or after six hours;
// meanwhile another stream grows by an event a minute.
RangeSet serve_what_the_hub_misses(Desk& desk, Sequence last, Sequence poison, bool hang_up) {
  RangeSet wanted;
  wanted.add({1, last});
  std::uint64_t serial = 1;
  const Instant until = desk.now + Millis{6 * 3'600'000};
  const Instant begun = desk.now;
  while (desk.now < until && (desk.withheld.empty() || wanted.size() > 1)) {
    desk.forwarder.on_committed({e1, Stream::stock}, head_to((desk.now - begun) / Millis{60'000}));
    desk.ack(missing(++serial, wanted));
    if (desk.sent.empty()) desk.pass(Millis{1'000});
    while (!desk.sent.empty()) {
      const Publish next = desk.take();
      const Range range = next.message.range;
      if (next.message.stream.stream == Stream::stock) {
        desk.broker(next.id);
      } else if (range.first > poison || poison > range.last) {
        wanted.remove(range);
        desk.broker(next.id);
      } else if (hang_up) {
        desk.down();
        desk.reconnect();
      } else {
        desk.broker(next.id, 0x99);
      }
    }
  }
  return wanted;
}

}  // namespace

TEST_CASE(
    "a range sent again that the broker refuses goes in parts, and only its poison is withheld",
    "[forwarder][poison][F21]") {
  const bool hang_up = GENERATE(false, true);
  const Sequence poison = GENERATE(1, 17, 40);
  Desk desk({.max_unconfirmed_events = 1'000}, 40, 40);
  publish_and_miss_all(desk, 40);
  const RangeSet left = serve_what_the_hub_misses(desk, 40, poison, hang_up);
  CHECK(desk.withheld == std::vector<Sequence>{poison});
  CHECK(left.ranges() == std::vector<Range>{{poison, poison}});
}

TEST_CASE("a stream with too many withheld events stops and says so", "[forwarder][poison]") {
  StreamHead head = head_to(40);
  head.published = head.confirmed = 20;
  head.absent = {{{3, 3}, AbsentReason::withheld}, {{5, 5}, AbsentReason::withheld}};
  Desk desk({.max_withheld_ranges = 2}, {{{e1, Stream::sales}, head}}, e1, 1);
  desk.up();
  desk.hub(1, 20);
  while (!desk.sent.empty()) {
    const Publish next = desk.take();
    desk.broker(next.id, next.message.range.first == 25 ? 0x99 : 0);
  }
  CHECK(desk.withheld.empty());
  CHECK(desk.alerts[AlertKind::hub_refuses]);
  CHECK(desk.forwarder.progress(desk.sales_key).published == 24);
}

TEST_CASE("an event larger than the broker takes is withheld, with the reason",
          "[forwarder][F21]") {
  Desk desk({}, 1, 1);
  desk.up();
  desk.forwarder.on_ack(desk.now, to_json(HubAck{1, {}}));
  const Actions actions = desk.forwarder.step(desk.now);
  REQUIRE(actions.reads.size() == 1);
  desk.forwarder.on_read(actions.reads[0], message_of(desk.sales_key, {1, 1}, 300 * 1024));
  desk.settle();
  REQUIRE(desk.withheld == std::vector<Sequence>{1});
  CHECK(desk.withheld_reasons[0] == "larger than the broker's packet limit: 307200 bytes");
}

TEST_CASE("a stream stopped for too many withheld events goes on from the first suspect",
          "[forwarder][F21]") {
  StreamHead head = head_to(6);
  head.published = head.confirmed = 2;
  head.absent = {{{2, 2}, AbsentReason::withheld}};
  Desk desk({.max_withheld_ranges = 1}, {{{e1, Stream::sales}, head}}, e1, 1);
  desk.up();
  desk.hub(1, 2);
  // 3 and 5 are refused, 4 and 6 pass; then 3 is refused again, alone.
  for (int answers = 0; answers < 20 && !desk.alerts[AlertKind::hub_refuses]; ++answers) {
    if (desk.sent.empty()) desk.pass(Millis{60'001});
    if (desk.sent.empty()) continue;
    const Publish next = desk.take();
    const Sequence sequence = next.message.range.first;
    desk.broker(next.id, sequence == 3 || sequence == 5 ? 0x99 : 0);
  }
  CHECK(desk.withheld.empty());
  desk.sent.clear();
  desk.pass(Millis{3'600'001});  // the limit was raised meanwhile
  while (!desk.sent.empty()) desk.broker(desk.take().id);
  CHECK(desk.forwarder.progress(desk.sales_key).published == 6);
}
