// What goes when: CONTRACT section 5, flow; puback mode, levels, replays, probes.
#include <catch2/catch.hpp>

#include <algorithm>
#include <array>

#include "agent/core/forwarding/schedule.h"
#include "tests/unit/agent/core/forwarder_desk.h"

using namespace storeward;
using namespace storeward::test;

TEST_CASE("in puback mode the broker's ack confirms and the hub's silence is no stall",
          "[forwarder]") {
  Desk desk({.confirm = Confirm::puback}, 20, 10);
  desk.up();
  desk.pass(Millis{2'000});
  REQUIRE(desk.sent.size() == 2);
  const Publish first = desk.take(), second = desk.take();
  desk.broker(second.id);
  CHECK(desk.forwarder.progress(desk.sales_key).confirmed == 0);
  desk.broker(first.id);
  CHECK(desk.forwarder.progress(desk.sales_key).confirmed == 20);
  desk.pass(Millis{7'200'000});
  CHECK(desk.sent.empty());
  CHECK_FALSE(desk.alerts[AlertKind::confirmation_stalled]);
}

TEST_CASE("snapshots of stock levels are numbered only when they can go at once", "[forwarder]") {
  const StreamKey levels{e1, Stream::levels};
  Desk desk;
  desk.forwarder.on_levels_waiting(true);
  desk.settle();
  CHECK(desk.levels_taken == 0);  // offline
  desk.up();
  CHECK(desk.levels_taken == 0);
  desk.hub(1, 0);
  CHECK(desk.levels_taken == 1);
  desk.forwarder.on_committed(levels, head_to(1));
  desk.forwarder.on_levels_waiting(false);
  desk.settle();
  REQUIRE(desk.sent.size() == 1);
  CHECK(desk.sent.front().message.stream == levels);
  desk.forwarder.on_levels_waiting(true);
  desk.settle();
  CHECK(desk.levels_taken == 2);
  desk.down();
  desk.settle();
  desk.pass(Millis{1'000});
  CHECK(desk.levels_taken == 2);
}

TEST_CASE("a replay is accepted for what is kept and says exactly what is not", "[forwarder]") {
  StreamHead head = head_to(30);
  head.first = 6;
  head.absent = {{{10, 11}, AbsentReason::withheld}};
  Desk desk({}, {{{e1, Stream::sales}, head}}, e1, 30);
  const ReplayAnswer answer = desk.forwarder.on_replay({{e1, Stream::sales}, {1, 99}});
  CHECK(answer.ok);
  CHECK(answer.accepted == std::vector<Range>{{6, 9}, {12, 30}});
  CHECK(answer.unavailable == std::vector<Range>{{1, 5}, {10, 11}, {31, 99}});
  const ReplayAnswer unknown = desk.forwarder.on_replay({{"other", Stream::sales}, {1, 9}});
  CHECK_FALSE(unknown.ok);
  CHECK_FALSE(unknown.reason.empty());
}

TEST_CASE("a replay sends the range again once and moves no cursor", "[forwarder]") {
  Desk desk({}, 20, 10);
  desk.up();
  desk.hub(1, 0);
  while (!desk.sent.empty()) desk.broker(desk.take().id);
  desk.hub(2, 20);
  REQUIRE(desk.forwarder.on_replay({desk.sales_key, {5, 8}}).ok);
  desk.settle();
  REQUIRE(desk.sent.size() == 1);
  CHECK(desk.sent.front().message.range == Range{5, 8});
  desk.broker(desk.take().id);
  desk.pass(Millis{60'000});
  CHECK(desk.sent.empty());
  CHECK(desk.forwarder.progress(desk.sales_key).confirmed == 20);
}

TEST_CASE("new sales do not wait behind a long replay", "[forwarder]") {
  Desk desk({}, 1'000, 1);
  desk.up({.receive_maximum = 8});
  desk.hub(1, 0);
  while (!desk.sent.empty()) desk.broker(desk.take().id);
  desk.hub(2, 1'000);
  REQUIRE(desk.forwarder.on_replay({desk.sales_key, {1, 1'000}}).ok);
  desk.settle();
  for (int i = 0; i < 10; ++i) desk.broker(desk.take().id);
  desk.forwarder.on_committed(desk.sales_key, head_to(1'010));
  desk.settle();
  int messages = 0;
  while (desk.forwarder.progress(desk.sales_key).published < 1'010) {
    desk.broker(desk.take().id);
    ++messages;
  }
  CHECK(messages <= 8 + 10 + 4);  // the window that had left, and the sales
}

TEST_CASE("every stream gets its turns by weight and none starves", "[forwarder]") {
  Schedule schedule;
  std::array<bool, Schedule::class_count> all{};
  all.fill(true);
  std::array<int, Schedule::class_count> turns{};
  for (int i = 0; i < 1'280; ++i) ++turns.at(*schedule.next(all));
  for (std::size_t i = 0; i + 1 < turns.size(); ++i) CHECK(turns[i] >= turns[i + 1]);
  CHECK(turns.front() > 600);
  CHECK(turns.back() >= 9);
}

TEST_CASE("a stream that was idle neither saves up turns nor waits for them", "[forwarder]") {
  Schedule schedule;
  std::array<bool, Schedule::class_count> sales{}, both{};
  sales[0] = both[0] = both[6] = true;
  for (int i = 0; i < 10'000; ++i) schedule.next(sales);
  std::size_t ops = 0, waited = 0;
  for (std::size_t i = 1; i <= 128; ++i) {
    if (*schedule.next(both) != 6) continue;
    if (ops++ == 0) waited = i;
  }
  CHECK(waited <= 2);
  CHECK(ops <= 4);
}

TEST_CASE("a backlog of sales lets the other streams through", "[forwarder]") {
  const StreamKey ops{e1, Stream::ops};
  Desk desk({.max_unconfirmed_events = 100'000},
            {{{e1, Stream::sales}, head_to(5'000)}, {ops, head_to(3)}}, e1, 1);
  desk.up({.receive_maximum = 8});
  desk.hub(1, 0);
  for (int i = 0; i < 300; ++i) desk.broker(desk.take().id);
  CHECK(desk.forwarder.progress(ops).published == 3);
}

TEST_CASE("no more than the bound is published and unconfirmed, and half of it per stream",
          "[forwarder]") {
  Desk desk({.max_unconfirmed_events = 100},
            {{{e1, Stream::sales}, head_to(1'000)}, {{e1, Stream::stock}, head_to(1'000)}}, e1, 7);
  desk.up();
  desk.hub(1, 0);
  while (!desk.sent.empty()) desk.broker(desk.take().id);
  CHECK(desk.forwarder.progress(desk.sales_key).published == 50);
  CHECK(desk.forwarder.progress({e1, Stream::stock}).published == 50);
  desk.hub(2, 20);
  while (!desk.sent.empty()) desk.broker(desk.take().id);
  CHECK(desk.forwarder.progress(desk.sales_key).published == 70);
}

TEST_CASE("probes double up to an hour, and the hub's next word lets the flow resume",
          "[forwarder]") {
  Desk desk({}, 20);
  desk.up();
  desk.hub(1, 0);
  while (!desk.sent.empty()) desk.broker(desk.take().id);
  std::vector<Millis::rep> intervals;
  Instant last = desk.now;
  const Instant until = desk.now + Millis{6 * 3'600'000};
  while (desk.now < until) {
    desk.pass(Millis{10'000});
    if (desk.sent.empty()) continue;
    CHECK(desk.sent.size() == 1);
    intervals.push_back((desk.now - last).count() / 1'000);
    last = desk.now;
    desk.broker(desk.take().id);
  }
  REQUIRE(intervals.size() > 8);
  CHECK(intervals[0] == 60);
  CHECK(intervals[1] == 60);
  CHECK(intervals[2] == 120);
  CHECK(intervals.back() == 3'600);
  CHECK(intervals[intervals.size() - 2] == 3'600);
  desk.forwarder.on_committed(desk.sales_key, head_to(25));
  desk.settle();
  CHECK(desk.sent.empty());  // only probes while nothing is confirmed
  desk.hub(2, 10);
  REQUIRE(desk.sent.size() == 1);
  CHECK(desk.sent.front().message.range == Range{21, 25});
}

TEST_CASE(
    "the wait for the next probe begins when the last one is sent, however long its read took",
    "[forwarder]") {
  Desk desk({}, 1);
  desk.up();
  desk.hub(1, 0);
  desk.broker(desk.take().id);
  desk.now += Millis{60'000};
  const Actions probe = desk.forwarder.step(desk.now);
  REQUIRE(probe.reads.size() == 1);
  desk.now += Millis{5'000};  // a slow disk
  desk.forwarder.on_read(probe.reads[0], message_of(desk.sales_key, {1, 1}));
  desk.settle();
  desk.broker(desk.take().id);
  desk.pass(Millis{59'999});
  CHECK(desk.sent.empty());
  desk.pass(Millis{1});
  CHECK(desk.sent.size() == 1);
}

TEST_CASE("an event asked for again that the broker's limit refuses by now does not break the link",
          "[forwarder]") {
  Desk desk({}, 1, 1);
  desk.up();
  desk.hub(1, 0);
  desk.broker(desk.take().id);
  REQUIRE(desk.forwarder.on_replay({desk.sales_key, {1, 1}}).ok);
  const Actions actions = desk.forwarder.step(desk.now);
  REQUIRE(actions.reads.size() == 1);
  desk.forwarder.on_read(actions.reads[0], message_of(desk.sales_key, {1, 1}, 300 * 1024));
  desk.settle();
  CHECK(desk.sent.empty());
  CHECK(desk.alerts[AlertKind::hub_refuses]);
  CHECK(desk.withheld.empty());  // the hub has had it
}

TEST_CASE("F54: however often a replay is asked for, nothing goes twice within five seconds",
          "[forwarder][F54]") {
  Desk desk({}, 20);
  desk.up();
  desk.hub(1, 0);
  while (!desk.sent.empty()) desk.broker(desk.take().id);
  desk.hub(2, 20);
  std::size_t sent = 0;
  for (int second = 0; second < 10; ++second) {
    REQUIRE(desk.forwarder.on_replay({desk.sales_key, {1, 20}}).ok);
    desk.settle();
    while (!desk.sent.empty()) {
      const Publish again = desk.take();
      sent += again.message.events;
      desk.broker(again.id);
    }
    desk.pass(Millis{1'000});
  }
  CHECK(sent == 40);
}
