#include "agent/core/forwarder.h"

#include <catch2/catch.hpp>

#include <random>
#include <set>

#include "tests/support/seed.h"
#include "tests/unit/agent/core/forwarder_desk.h"

using namespace storeward;
using namespace storeward::test;

TEST_CASE("nothing is published before the retained ack has come or its wait is over",
          "[forwarder]") {
  Desk desk({}, 10);
  desk.up();
  CHECK(desk.sent.empty());
  CHECK(desk.heads == 0);
  SECTION("the ack comes") {
    desk.hub(1, 0);
  }
  SECTION("the wait is over") {
    desk.pass(Millis{1'999});
    CHECK(desk.sent.empty());
    desk.pass(Millis{1});
  }
  REQUIRE(desk.sent.size() == 1);
  CHECK(desk.sent.front().message.range == Range{1, 10});
  CHECK(desk.heads == 1);
}

TEST_CASE("a sale goes from the commit to the confirmed cursor without a read", "[forwarder]") {
  Desk desk;
  desk.up();
  desk.hub(1, 0);
  desk.forwarder.on_committed(desk.sales_key, head_to(1));
  desk.forwarder.on_committed_message(message_of(desk.sales_key, {1, 1}));
  const Actions actions = desk.step();
  CHECK(actions.reads.empty());
  REQUIRE(actions.publishes.size() == 1);
  desk.forwarder.on_broker_ack(desk.now, desk.take().id, 0);
  const Actions acked = desk.step();
  REQUIRE(acked.cursor_saves.size() == 1);
  CHECK(acked.cursor_saves[0].published == 1);
  CHECK(acked.cursor_saves[0].confirmed == 0);
  desk.hub(2, 1);
  CHECK(desk.forwarder.progress(desk.sales_key).confirmed == 1);
}

TEST_CASE("the window stays strictly below Receive Maximum, and one always goes", "[forwarder]") {
  const auto [maximum, most] =
      GENERATE(table<std::uint16_t, std::size_t>({{1, 1}, {2, 1}, {20, 16}, {65535, 64}}));
  Desk desk({}, 1000);
  desk.up({.receive_maximum = maximum});
  desk.hub(1, 0);
  CHECK(desk.sent.size() == most);
  CHECK((maximum == 1 || desk.sent.size() < maximum));
}

TEST_CASE("confirmed never goes back and a lower serial is ignored", "[forwarder]") {
  Desk desk({}, 10);
  desk.up();
  desk.hub(5, 4);
  desk.hub(6, 2);
  CHECK(desk.forwarder.progress(desk.sales_key).confirmed == 4);
  desk.hub(4, 9);
  CHECK(desk.forwarder.progress(desk.sales_key).confirmed == 4);
}

TEST_CASE("a missing range is sent again at most once per five seconds", "[forwarder]") {
  Desk desk({}, 10);
  desk.up();
  desk.hub(1, 0);
  desk.broker(desk.take().id);
  HubAck ack{2, {}};
  ack.epochs[e1].missing[Stream::sales] = {{3, 4}, {9, 50}};
  desk.forwarder.on_ack(desk.now, to_json(ack));
  desk.settle();
  REQUIRE(desk.sent.size() == 2);
  CHECK(desk.take().message.range == Range{3, 4});
  CHECK(desk.sent.front().message.range == Range{9, 10});
  desk.broker(desk.take().id);
  ++ack.serial;
  desk.forwarder.on_ack(desk.now, to_json(ack));
  desk.pass(Millis{4'999});
  CHECK(desk.sent.empty());
  desk.pass(Millis{1});
  CHECK_FALSE(desk.sent.empty());
}

TEST_CASE("a hub that asks for what was pruned since the last commit hears where the outbox begins",
          "[forwarder]") {
  StreamHead head = head_to(10);
  head.published = head.confirmed = 10;
  head.absent = {{{4, 4}, AbsentReason::withheld}};
  Desk desk({}, {{{e1, Stream::sales}, head}}, e1);
  desk.up();
  HubAck ack{1, {}};
  ack.epochs[e1].missing[Stream::sales] = {{1, 4}};  // it lost its memory
  desk.forwarder.on_ack(desk.now, to_json(ack));
  const Actions asked = desk.forwarder.step(desk.now);
  REQUIRE(asked.reads.size() == 1);
  const ReadRequest& read = asked.reads.front();
  desk.forwarder.on_read(read, {read.stream, read.wanted, 0, Codec::plain, nullptr});
  const Actions told = desk.forwarder.step(desk.now);
  REQUIRE(told.publish_heads);
  // 4 is withheld, so nothing says that 5 is gone too, nor that 4 was pruned.
  CHECK(told.publish_heads->streams.at(desk.sales_key).first == 4);
}

TEST_CASE("an event that alone is refused twice is withheld, its neighbours are not",
          "[forwarder]") {
  Desk desk({}, 40, 40);
  desk.up();
  desk.hub(1, 0);
  for (int i = 0; i < 200 && !desk.sent.empty(); ++i) {
    const Publish publish = desk.take();
    const Range range = publish.message.range;
    desk.broker(publish.id, range.first <= 17 && 17 <= range.last ? 0x99 : 0);
  }
  CHECK(desk.withheld == std::vector<Sequence>{17});
  CHECK(desk.forwarder.progress(desk.sales_key).published == 40);
}

TEST_CASE("a limit that refuses several events in a row stops the stream and withholds nothing",
          "[forwarder][F21]") {
  Desk desk({}, 40, 40);
  desk.up();
  desk.hub(1, 0);
  for (int i = 0; i < 200 && !desk.sent.empty(); ++i) desk.broker(desk.take().id, 0x99);
  CHECK(desk.sent.empty());
  CHECK(desk.withheld.empty());
  CHECK(desk.alerts[AlertKind::hub_refuses]);
  desk.pass(Millis{3'600'000});
  CHECK_FALSE(desk.sent.empty());
}

TEST_CASE("what may not be published waits for permission and is never dropped", "[forwarder]") {
  Desk desk({}, 10);
  desk.up();
  desk.hub(1, 0);
  desk.broker(desk.take().id, 0x87);
  CHECK(desk.sent.empty());
  CHECK(desk.alerts[AlertKind::publish_not_authorised]);
  desk.forwarder.on_link_down(desk.now, LinkFailure::lost, "gone");
  desk.pass(Millis{60'000});
  desk.up();
  desk.hub(1, 0);
  desk.broker(desk.take().id);
  CHECK_FALSE(desk.alerts[AlertKind::publish_not_authorised]);
}

TEST_CASE("under 64 KiB of Maximum Packet Size nothing goes and an alert is raised",
          "[forwarder]") {
  Desk desk({}, 10);
  desk.up({.maximum_packet_size = 65'535});
  desk.hub(1, 0);
  CHECK(desk.sent.empty());
  CHECK(desk.alerts[AlertKind::packet_limit_too_small]);
}

TEST_CASE("without confirmations only the oldest message goes again, at doubling intervals",
          "[forwarder]") {
  Desk desk({}, 20);
  desk.up();
  desk.hub(1, 0);
  while (!desk.sent.empty()) desk.broker(desk.take().id);
  std::vector<Millis::rep> probes;
  const Instant begun = desk.now;
  for (int second = 0; second < 1000; ++second) {
    desk.pass(Millis{1'000});
    while (!desk.sent.empty()) {
      const Publish probe = desk.take();
      CHECK(probe.message.range.first == 1);
      probes.push_back((desk.now - begun).count() / 1'000);
      desk.broker(probe.id);
    }
  }
  CHECK(probes == std::vector<Millis::rep>{60, 120, 240, 480, 960});
  CHECK(desk.alerts[AlertKind::confirmation_stalled]);
  desk.hub(2, 20);
  CHECK_FALSE(desk.alerts[AlertKind::confirmation_stalled]);
}

TEST_CASE("an ack beyond what the outbox holds begins a new epoch and publishes nothing meanwhile",
          "[forwarder][F13]") {
  Desk desk({}, 10);
  desk.up();
  HubAck ack{1, {}};
  ack.epochs[e1].confirmed[Stream::sales] = 11;
  desk.forwarder.on_ack(desk.now, to_json(ack));
  const Actions actions = desk.step();
  REQUIRE(actions.fork);
  CHECK(desk.alerts[AlertKind::restored_copy]);
  desk.pass(Millis{10'000});
  CHECK(desk.sent.empty());
  const Epoch e2 = "019a0000-0000-7000-8000-000000000002";
  desk.forwarder.on_epoch(e2, {{{e2, Stream::sales}, head_to(10)}});
  desk.settle();
  REQUIRE_FALSE(desk.sent.empty());
  CHECK(desk.sent.front().message.stream.epoch == e2);
}

TEST_CASE("a link that acknowledges nothing for thirty seconds is given up", "[forwarder]") {
  Desk desk({}, 10);
  desk.up();
  desk.hub(1, 0);
  desk.now += Millis{29'999};
  CHECK_FALSE(desk.step().disconnect);
  desk.now += Millis{1};
  CHECK(desk.step().disconnect);
}

TEST_CASE("whatever link, broker and hub do, everything is confirmed in the end and in order",
          "[forwarder]") {
  std::mt19937_64 random(storeward::testing::announced_seed("forwarder"));
  const auto chance = [&](unsigned percent) { return random() % 100 < percent; };
  for (int round = 0; round < 40; ++round) {
    ForwarderOptions options;
    options.seed = random();
    options.max_unconfirmed_events = 50 + random() % 500;
    const std::uint16_t receive_maximum = chance(30) ? 1 : 2 + random() % 40;
    const Sequence total = 300;
    Forwarder forwarder(options, 1 + random() % 3, {}, e1, start);
    const StreamKey key{e1, Stream::sales};
    Instant now = start;
    Sequence committed = 0, delivered_in_order = 0;
    std::set<Sequence> at_hub;
    std::deque<Publish> in_flight;
    std::deque<ReadRequest> reads;
    bool up = false, connecting = false, may_publish = false;
    std::uint64_t serial = 0;
    HubAck retained;
    Instant up_at{};
    Sequence heads_published = 0;

    const auto make_ack = [&] {
      Sequence confirmed = 0;
      while (at_hub.contains(confirmed + 1)) ++confirmed;
      retained.serial = ++serial;
      EpochAck& word = retained.epochs[e1];
      word.confirmed[Stream::sales] = confirmed;
      word.missing.clear();
      const Sequence seen = std::max(heads_published, at_hub.empty() ? 0 : *at_hub.rbegin());
      for (Sequence s = confirmed + 1; s <= seen; ++s) {
        if (!at_hub.contains(s)) word.missing[Stream::sales].push_back({s, s});
      }
    };
    int steps = 0;
    for (; steps < 20'000; ++steps) {
      const bool calm = steps > 3'000;  // faults stop, everything drains
      const Actions actions = forwarder.step(now);
      const Actions nothing = forwarder.step(now);
      REQUIRE(nothing.publishes.empty());
      REQUIRE(nothing.reads.empty());
      REQUIRE_FALSE((nothing.connect || nothing.disconnect || nothing.publish_heads.has_value()));
      REQUIRE((!nothing.wake_at || *nothing.wake_at > now));
      if (actions.disconnect) {
        up = connecting = false;
        in_flight.clear();
      }
      if (actions.connect) connecting = true;
      for (const ReadRequest& read : actions.reads) reads.push_back(read);
      for (const Publish& publish : actions.publishes) {
        REQUIRE(up);
        REQUIRE((may_publish || now - up_at >= options.ack_wait));
        in_flight.push_back(publish);
      }
      REQUIRE(in_flight.size() <= std::max<std::size_t>(1, receive_maximum - 1));
      if (actions.publish_heads) heads_published = actions.publish_heads->streams.at(key).published;
      REQUIRE(actions.withheld.empty());
      REQUIRE_FALSE(actions.fork);
      if (committed == total && forwarder.progress(key).confirmed == total) break;

      switch (random() % 7) {
        case 0:
          if (committed < total) {
            const Sequence more = std::min<Sequence>(total - committed, 1 + random() % 9);
            forwarder.on_committed(key, head_to(committed + more));
            if (chance(70)) {
              forwarder.on_committed_message(message_of(key, {committed + 1, committed + more}));
            }
            committed += more;
          }
          break;
        case 1:
          if (connecting) {
            connecting = false;
            if (!calm && chance(30)) {
              forwarder.on_link_down(now, LinkFailure::unreachable, "no");
            } else {
              up = true;
              may_publish = false;
              up_at = now;
              forwarder.on_link_up(now, {.receive_maximum = receive_maximum, .broker = "b"});
            }
          }
          break;
        case 2:
          if (up && (calm || chance(60))) {
            if (serial > 0 || chance(50)) make_ack();
            may_publish = true;
            forwarder.on_ack(now, to_json(retained));
          }
          break;
        case 3:
        case 4:
          if (up && !in_flight.empty()) {
            const std::size_t at = random() % in_flight.size();
            const Publish publish = in_flight[at];
            in_flight.erase(in_flight.begin() + static_cast<std::ptrdiff_t>(at));
            const bool lost = !calm && chance(10);  // acked, then dropped
            const bool busy = !calm && chance(5);
            for (Sequence s = publish.message.range.first;
                 !busy && !lost && s <= publish.message.range.last; ++s) {
              at_hub.insert(s);
            }
            delivered_in_order = std::max(delivered_in_order, publish.message.range.last);
            forwarder.on_broker_ack(now, publish.id, busy ? 0x97 : 0);
          }
          break;
        case 5:
          while (!reads.empty()) {
            Range range = reads.front().wanted;
            REQUIRE(range.last <= committed);
            range.last = std::min<Sequence>(range.last, range.first + random() % 20);
            forwarder.on_read(reads.front(), message_of(key, range));
            reads.pop_front();
          }
          break;
        case 6:
          if (up && !calm && chance(10)) {
            up = false;
            in_flight.clear();
            forwarder.on_link_down(now, LinkFailure::lost, "cut");
          }
          now += Millis{calm ? 1 + random() % 5'000 : random() % 2'000};
          break;
      }
    }
    INFO("round " << round << " steps " << steps << " committed " << committed << " at hub "
                  << at_hub.size());
    const StreamProgress progress = forwarder.progress(key);
    CHECK(progress.confirmed == total);
    CHECK(at_hub.size() == total);
    if (progress.confirmed != total) break;
  }
}
