#include "agent/runtime/alert_board.h"

#include <catch2/catch.hpp>

#include "tests/unit/store/outbox_fixture.h"

using namespace storeward;

TEST_CASE("an alert stands since it was raised, with what was said of it last", "[alerts]") {
  store::HandClock clock;
  AlertBoard board(clock);
  board.raise("confirmation_stalled", "after 17");
  const WallTime since = clock.wall();
  clock.pass(std::chrono::minutes(1));
  board.raise("confirmation_stalled", "after 18");
  REQUIRE(board.open().size() == 1);
  CHECK(board.open().front().since == since);
  CHECK(board.open().front().detail == "after 18");
  board.clear("store_low");
  CHECK(board.open().size() == 1);
  board.clear("confirmation_stalled");
  CHECK(board.open().empty());
}
