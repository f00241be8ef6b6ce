#include "store/run.h"

#include <catch2/catch.hpp>

using namespace storeward;
using namespace storeward::store;

namespace {

Run two_events() {
  RunBuilder builder;
  builder.add("{\"a\":1}", {1, 7}, {});
  builder.add("{\"b\":22}", {2, 7}, {});
  return builder.finish(place_of({1, Stream::sales}, 5), 0, 0);
}

// Why it is damaged, with a checksum that fits.
std::string damage_of(Run run) {
  run.crc = crc_of(run);
  try {
    plain_of(run);
  } catch (const Failure& failure) {
    CHECK(failure.error().kind == StoreFailure::corrupt);
    return failure.error().message;
  }
  return "none";
}

}  // namespace

TEST_CASE("a run gives back its events", "[store]") {
  const Run run = two_events();
  CHECK(damage_of(run) == "none");
  const std::string plain = plain_of(run);
  RunEvents events(run, plain);
  REQUIRE(events.next());
  REQUIRE(events.next());
  CHECK(events.event() == "{\"b\":22}");
  CHECK(events.sequence() == 6);
  CHECK_FALSE(events.next());
}

TEST_CASE("a row whose numbers cannot be is damage, even where its checksum fits", "[store]") {
  Run run = two_events();
  SECTION("it ends before it begins") {
    run.last = 4;
  }
  SECTION("its count of events wraps round to the size of its digests") {
    run.last = run.first() + 922337203685477581 - 1;  // times 20: 4, in 64 bits
    run.digests.resize(4);
  }
  SECTION("its last number is beyond all numbers") {
    run.last = max_sequence + 1;
  }
  SECTION("its stream is none") {
    run.key |= Place{7} << 44;
  }
  CHECK(damage_of(run).find("outbox.db: ") == 0);
}
