#include "tests/unit/store/outbox_fixture.h"

using namespace storeward;
using namespace storeward::store;
using std::chrono::hours;

namespace {
constexpr hours a_day(24);
}

TEST_CASE_METHOD(OutboxFixture, "only confirmed events are pruned, and only after they were kept",
                 "[store]") {
  open();
  for (std::uint64_t id = 1; id <= 5; ++id) put(make_event(id));
  confirm(Stream::sales, 3);
  clock.pass(a_day * 6);
  upkeep();
  CHECK(head(Stream::sales).first == 1);
  clock.pass(a_day + hours(1));
  upkeep();
  CHECK(head(Stream::sales).first == 4);
  CHECK(head(Stream::sales).last == 5);
  open();
  CHECK(head(Stream::sales).first == 4);
  CHECK(put(make_event(4))[0].status == ItemStatus::duplicate);
  verify_clean();
}

TEST_CASE_METHOD(OutboxFixture, "runs that may go are gathered and go together", "[store]") {
  tuning.prune_pause = Millis(1'000);
  options.keep = {};
  open();
  const auto kept_from = [this](Sequence sold) {
    put(make_event(sold));
    confirm(Stream::sales, sold);
    upkeep();
    return head(Stream::sales).first;
  };
  CHECK(kept_from(1) == 2);
  CHECK(kept_from(2) == 2);
  clock.pass(Millis(999));
  CHECK(kept_from(3) == 2);
  clock.pass(Millis(1));
  CHECK(kept_from(4) == 5);
  open();
  CHECK(head(Stream::sales).first == 5);
}

TEST_CASE_METHOD(OutboxFixture, "a stream that is pruned empty keeps its number and its hash",
                 "[store]") {
  open();
  for (std::uint64_t id = 1; id <= 5; ++id) put(make_event(id));
  confirm(Stream::sales, 5);
  const Sha256 hash = head(Stream::sales).hash;
  clock.pass(a_day * 8);
  upkeep();
  open();
  CHECK(head(Stream::sales).first == 6);
  CHECK(head(Stream::sales).last == 5);
  CHECK(head(Stream::sales).hash == hash);
  CHECK(put(make_event(6))[0].sequence == 6);
  verify_clean();
}

TEST_CASE_METHOD(OutboxFixture, "a wall clock that jumps a year prunes and forgets nothing",
                 "[store][F15]") {
  open();
  put(make_event(1));
  confirm(Stream::sales, 1);
  clock.wall_time += a_day * 365;
  upkeep();
  CHECK(head(Stream::sales).first == 1);
  open();
  upkeep();
  CHECK(head(Stream::sales).first == 1);
  clock.wall_time -= a_day * 800;
  open();
  upkeep();
  CHECK(head(Stream::sales).first == 1);
  CHECK(put(make_event(1))[0].status == ItemStatus::duplicate);
}

TEST_CASE_METHOD(OutboxFixture, "the horizon holds after the event itself is gone", "[store]") {
  options.keep = hours(24);
  tuning.dedup_recent = 16;
  open();
  for (std::uint64_t id = 1; id <= 100; ++id) put(make_event(id * 7919));
  confirm(Stream::sales, 100);
  clock.pass(a_day * 2);
  upkeep();
  REQUIRE(head(Stream::sales).first == 101);
  open();
  for (std::uint64_t id = 1; id <= 100; ++id) {
    const auto outcome = put(make_event(id * 7919))[0];
    CHECK(outcome.status == ItemStatus::duplicate);
    CHECK(outcome.sequence == id);
  }
  clock.pass(a_day * 8);
  upkeep();
  CHECK(put(make_event(7919))[0].status == ItemStatus::stored);
}
