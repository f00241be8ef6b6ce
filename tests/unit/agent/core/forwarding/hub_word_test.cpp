// What the hub's ack means: FAULTS F18, F22, F27; CONTRACT section 5, confirmation and epochs.
#include <catch2/catch.hpp>

#include "tests/unit/agent/core/forwarder_desk.h"

using namespace storeward;
using namespace storeward::test;

namespace {

const Epoch e2 = "019a0000-0000-7000-8000-000000000002";

HubAck word(std::uint64_t serial, const Epoch& epoch, Sequence confirmed) {
  HubAck ack{serial, {}};
  ack.epochs[epoch].confirmed[Stream::sales] = confirmed;
  return ack;
}

}  // namespace

TEST_CASE("an older epoch drains before the same stream of the current one begins",
          "[forwarder][epoch]") {
  const StreamKey old_sales{e1, Stream::sales}, new_sales{e2, Stream::sales};
  const StreamKey new_stock{e2, Stream::stock};
  Desk desk({}, {{old_sales, head_to(20)}, {new_sales, head_to(5)}, {new_stock, head_to(3)}}, e2);
  desk.up();
  desk.ack(word(1, e2, 0));
  std::vector<StreamKey> order;
  while (!desk.sent.empty()) {
    const Publish next = desk.take();
    order.push_back(next.message.stream);
    desk.broker(next.id);
  }
  std::erase(order, new_stock);
  CHECK(order == std::vector<StreamKey>{old_sales, old_sales, new_sales});
  CHECK(desk.forwarder.progress(new_stock).published == 3);
  SECTION("and each epoch is confirmed by its own word") {
    desk.ack(word(2, e1, 15));
    CHECK(desk.forwarder.progress(old_sales).confirmed == 15);
    CHECK(desk.forwarder.progress(new_sales).confirmed == 0);
  }
}

TEST_CASE("an epoch that is none of ours is ignored with an alert that the next word clears",
          "[forwarder][epoch][F27]") {
  Desk desk({}, 10);
  desk.up();
  HubAck ack = word(1, e1, 4);
  ack.epochs[e2].confirmed[Stream::sales] = 9;
  desk.ack(ack);
  CHECK(desk.alerts[AlertKind::unknown_epoch_in_ack]);
  CHECK(desk.forwarder.progress(desk.sales_key).confirmed == 4);
  CHECK(desk.forks == 0);
  desk.hub(2, 5);
  CHECK_FALSE(desk.alerts[AlertKind::unknown_epoch_in_ack]);
}

TEST_CASE("a lower serial changes nothing at all", "[forwarder]") {
  Desk desk({}, 10);
  desk.up();
  desk.hub(5, 0);
  while (!desk.sent.empty()) desk.broker(desk.take().id);
  HubAck old = word(4, e1, 9);
  old.epochs[e1].missing[Stream::sales] = {{1, 3}};
  old.epochs[e1].rejected = {{Stream::sales, 2, "no"}};
  old.epochs[e2];
  desk.ack(old);
  CHECK(desk.forwarder.progress(desk.sales_key).confirmed == 0);
  CHECK(desk.sent.empty());
  CHECK(desk.rejected.empty());
  CHECK_FALSE(desk.alerts[AlertKind::unknown_epoch_in_ack]);
}

TEST_CASE("a hub that lost what it had confirmed gets it again, and nothing goes back",
          "[forwarder]") {
  Desk desk({}, 30);
  desk.up();
  desk.hub(5, 0);
  while (!desk.sent.empty()) desk.broker(desk.take().id);
  desk.hub(6, 30);
  HubAck anew = word(7, e1, 0);
  anew.epochs[e1].missing[Stream::sales] = {{1, 30}};
  desk.ack(anew);
  CHECK(desk.forwarder.progress(desk.sales_key).confirmed == 30);
  Sequence next = 1;
  for (int turn = 0; turn < 3; ++turn) {
    const Publish publish = desk.take();
    CHECK(publish.message.range.first == next);
    next = publish.message.range.last + 1;
    desk.broker(publish.id);
    anew = word(8 + static_cast<std::uint64_t>(turn), e1, next - 1);
    if (next <= 30) anew.epochs[e1].missing[Stream::sales] = {{next, 30}};
    desk.ack(anew);
  }
  CHECK(next == 31);
  CHECK(desk.sent.empty());
  CHECK(desk.forks == 0);
  CHECK(desk.forwarder.progress(desk.sales_key).confirmed == 30);
  CHECK(desk.forwarder.progress(desk.sales_key).published == 30);
}

TEST_CASE("a rejected event is reported once, counts as confirmed and stops nothing",
          "[forwarder]") {
  Desk desk({}, 10);
  desk.up();
  desk.hub(1, 0);
  while (!desk.sent.empty()) desk.broker(desk.take().id);
  HubAck ack = word(2, e1, 4);
  ack.epochs[e1].rejected = {{Stream::sales, 5, "no such register"}, {Stream::sales, 99, "?"}};
  desk.ack(ack);
  ++ack.serial;
  desk.ack(ack);
  desk.down();
  desk.reconnect();
  desk.ack(ack);
  CHECK(desk.rejected == std::vector<Sequence>{5});
  CHECK(desk.forwarder.progress(desk.sales_key).confirmed == 5);
}

TEST_CASE("a rejection counts as confirmed even where the word names no confirmed sequence",
          "[forwarder]") {
  Desk desk({}, 10);
  desk.up();
  desk.hub(1, 4);
  while (!desk.sent.empty()) desk.broker(desk.take().id);
  HubAck ack{2, {}};
  ack.epochs[e1].rejected = {{Stream::sales, 5, "no"}};
  desk.ack(ack);
  CHECK(desk.forwarder.progress(desk.sales_key).confirmed == 5);
}

TEST_CASE("a hub with other events under our numbers forks the epoch once",
          "[forwarder][epoch][F13][F53]") {
  Desk desk({}, 10);
  desk.up();
  HubAck ack = word(1, e1, 6);
  ack.epochs[e1].hash[Stream::sales] = sha256("other events");
  desk.ack(ack);
  REQUIRE(desk.hash_query);
  CHECK(desk.hash_query->second == 6);
  CHECK(desk.sent.empty());
  CHECK(desk.forwarder.progress(desk.sales_key).confirmed == 0);
  SECTION("the same hash: the word counts and the flow begins") {
    desk.forwarder.on_hash(desk.sales_key, 6, sha256("other events"));
    desk.settle();
    CHECK(desk.forks == 0);
    CHECK(desk.forwarder.progress(desk.sales_key).confirmed == 6);
    CHECK_FALSE(desk.sent.empty());
  }
  SECTION("another hash: nothing is confirmed, nothing published, one fork") {
    desk.forwarder.on_hash(desk.sales_key, 6, sha256("ours"));
    desk.settle();
    for (int i = 0; i < 5; ++i) {
      ++ack.serial;
      desk.ack(ack);
      desk.pass(Millis{70'000});
    }
    CHECK(desk.forks == 1);
    CHECK(desk.alerts[AlertKind::restored_copy]);
    CHECK(desk.sent.empty());
    CHECK(desk.forwarder.progress(desk.sales_key).confirmed == 0);
  }
  SECTION("pruned on our side: it cannot be compared, the word counts") {
    desk.forwarder.on_hash(desk.sales_key, 6, std::nullopt);
    desk.settle();
    CHECK(desk.forks == 0);
    CHECK(desk.forwarder.progress(desk.sales_key).confirmed == 6);
  }
}

TEST_CASE("a word beyond our last forks once, and never again under the new epoch",
          "[forwarder][epoch][F13][F53]") {
  Desk desk({}, 10);
  desk.up();
  desk.hub(1, 11);
  desk.hub(2, 12);
  CHECK(desk.forks == 1);
  CHECK(desk.forwarder.progress(desk.sales_key).confirmed == 0);
  StreamHead kept = head_to(4);
  kept.published = 4;
  desk.forwarder.on_epoch(e2, {{desk.sales_key, kept}, {{e2, Stream::sales}, head_to(6)}});
  desk.settle();
  CHECK(desk.heads > 0);
  desk.hub(3, 12);
  CHECK(desk.forks == 1);
  CHECK(desk.forwarder.progress(desk.sales_key).confirmed == 4);
  CHECK(desk.forwarder.progress({e2, Stream::sales}).confirmed == 0);
}

TEST_CASE(
    "what an older epoch never published goes under it only if the hub has nothing else there",
    "[forwarder][epoch][F13]") {
  // A copy that was put on another machine: what is new has an epoch of its own already.
  const StreamKey old_sales{e1, Stream::sales};
  StreamHead copied = head_to(20);
  copied.published = copied.confirmed = 8;
  Sequence confirmed = 12;
  int forks = 1;
  SECTION("the hub has more than the copy") {
    confirmed = 25;
  }
  SECTION("all of it was published: the original has gone on") {
    copied.published = 20;
    confirmed = 25;
    forks = 0;
  }
  SECTION("the hub has other events") {}
  SECTION("the hub has the same") {
    forks = 0;
  }
  Desk desk({}, {{old_sales, copied}, {{e2, Stream::sales}, head_to(5)}}, e2);
  desk.up();
  HubAck ack = word(1, e1, confirmed);
  ack.epochs[e1].hash[Stream::sales] = sha256("the hub's");
  desk.ack(ack);
  if (confirmed <= 20) {
    REQUIRE(desk.hash_query == std::pair{old_sales, confirmed});
    CHECK(desk.sent.empty());
    desk.forwarder.on_hash(old_sales, confirmed, sha256(forks == 0 ? "the hub's" : "ours"));
    desk.settle();
  }
  CHECK(desk.forks == forks);
  CHECK(desk.sent.empty() == (forks != 0));
  CHECK(desk.forwarder.progress(old_sales).confirmed ==
        (forks != 0 ? 8 : std::min<Sequence>(confirmed, 20)));
}

TEST_CASE("a missing range that no ack names any more is not sent again", "[forwarder]") {
  Desk desk({}, 10, 2);
  desk.up();
  desk.hub(1, 0);
  while (!desk.sent.empty()) desk.broker(desk.take().id);
  HubAck ack = word(2, e1, 2);
  ack.epochs[e1].missing[Stream::sales] = {{3, 4}};
  int sent = 0;
  for (int second = 0; second < 18; ++second) {
    ++ack.serial;  // a hub that asks every second
    desk.ack(ack);
    while (!desk.sent.empty()) {
      CHECK(desk.sent.front().message.range == Range{3, 4});
      ++sent;
      desk.broker(desk.take().id);
    }
    desk.pass(Millis{1'000});
  }
  CHECK(sent == 4);
  ++ack.serial;
  ack.epochs[e1].missing.clear();
  desk.ack(ack);
  desk.pass(Millis{30'000});
  CHECK(desk.sent.empty());
}

TEST_CASE("an unreadable ack changes nothing and says so", "[forwarder]") {
  Desk desk({}, 10);
  desk.up();
  desk.forwarder.on_ack(desk.now, "{\"serial\":\"x\"");
  desk.settle();
  CHECK(desk.alerts[AlertKind::ack_unreadable]);
  CHECK(desk.forwarder.progress(desk.sales_key).confirmed == 0);
  desk.hub(1, 3);
  CHECK_FALSE(desk.alerts[AlertKind::ack_unreadable]);
}

TEST_CASE("a hub that has forgotten is told at once what it may ask for, but not at each word",
          "[forwarder][F22]") {
  const bool names_nothing = GENERATE(true, false);
  Desk desk({}, 20, 10);
  desk.up();
  desk.hub(1, 0);
  while (!desk.sent.empty()) desk.broker(desk.take().id);
  desk.hub(2, 20);
  desk.pass(Millis{6'000});
  const int before = desk.heads;
  for (std::uint64_t serial = 3; serial < 10; ++serial) {
    if (names_nothing) {
      desk.ack({serial, {}});
    } else {
      desk.hub(serial, 5);
    }
    desk.pass(Millis{100});
  }
  CHECK(desk.heads == before + 1);
}
