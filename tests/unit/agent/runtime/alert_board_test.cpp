#include "agent/runtime/alert_board.h"

#include <catch2/catch.hpp>

using namespace storeward;

namespace {

class HandClock final : public Clock {
 public:
  Instant now() const override { return Instant(time); }
  WallTime wall() const override { return WallTime(time); }
  Millis time{1'790'000'000'000};
};

}  // namespace

TEST_CASE("an alert is taken back as often as it was told", "[alerts]") {
  HandClock clock;
  std::string told;
  AlertBoard board(clock, [&told](const Alert&, bool raised) { told += raised ? "+" : "-"; });
  board.raise("confirmation_stalled", "after 17");
  board.raise("confirmation_stalled", "after 18");
  CHECK(board.open().size() == 1);
  board.clear("confirmation_stalled");
  board.clear("confirmation_stalled");
  CHECK(told == "+-");
  // Within ten minutes it stands in the status, and nothing of it is told.
  clock.time += std::chrono::minutes(1);
  board.raise("confirmation_stalled", "after 19");
  CHECK(board.open().size() == 1);
  board.clear("confirmation_stalled");
  CHECK(told == "+-");
  clock.time += std::chrono::minutes(10);
  board.raise("confirmation_stalled", "after 20");
  board.clear("confirmation_stalled");
  CHECK(told == "+-+-");
}
