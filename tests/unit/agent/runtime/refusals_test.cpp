#include "agent/runtime/refusals.h"

#include <catch2/catch.hpp>

#include "tests/unit/drivers/store_stub.h"

using namespace storeward;
using storeward::testing::StillClock;

namespace {

struct Bench {
  // What the driver hears of a delivery to which the store says this.
  SubmitResult hand_in(const SubmitResult& said) const {
    SubmitResult heard = std::vector<ItemOutcome>{};
    const Submit submit = with_refusals_noted(
        [&said](Delivery&&, const Submitted& answer) {
          answer(said);
          return true;
        },
        refusals);
    REQUIRE(submit({}, [&heard](SubmitResult result) { heard = std::move(result); }));
    return heard;
  }

  StillClock clock;
  std::shared_ptr<Refusals> refusals = std::make_shared<Refusals>(clock);
};

SubmitResult of_items(ItemStatus status) {
  ItemOutcome outcome;
  outcome.status = status;
  outcome.reason = status == ItemStatus::refused ? "no space" : "";
  return std::vector<ItemOutcome>{outcome};
}

}  // namespace

TEST_CASE("a driver whose deliveries are refused is known for it until one is taken",
          "[runtime][F8]") {
  Bench bench;
  CHECK(bench.refusals->why().empty());
  CHECK(bench.hand_in(of_items(ItemStatus::refused))->front().reason == "no space");
  CHECK(bench.refusals->why() == "no space");
  CHECK(bench.hand_in(std::vector<ItemOutcome>{}));  // a cursor alone says nothing of events
  CHECK(bench.refusals->why() == "no space");
  CHECK(bench.hand_in(of_items(ItemStatus::stored)));
  CHECK(bench.refusals->why().empty());
  CHECK(bench.hand_in(Unexpected{SubmitFailure{"the disk is full", 7}}).error().retry_after_s == 7);
  CHECK(bench.refusals->why() == "the disk is full");
}

TEST_CASE("who was refused and does not come again is not held for ever", "[runtime]") {
  Bench bench;
  CHECK(bench.hand_in(of_items(ItemStatus::refused)));
  bench.clock.instant += Refusals::shown_for - Millis{1};
  CHECK_FALSE(bench.refusals->why().empty());
  bench.clock.instant += Millis{1};
  CHECK(bench.refusals->why().empty());
}
