#include "agent/runtime/milestones.h"

#include <catch2/catch.hpp>

using namespace storeward;

TEST_CASE("a milestone's time is that of the first mark at or beyond the sequence",
          "[milestones]") {
  Milestones milestones;
  const StreamKey sales{"E", Stream::sales};
  const auto at = [](int ms) { return WallTime(Millis(ms)); };
  milestones.begin(Milestone::confirmed, sales, 5);
  milestones.reached(Milestone::confirmed, sales, 10, at(100));
  milestones.reached(Milestone::confirmed, sales, 20, at(200));
  milestones.reached(Milestone::confirmed, sales, 15, at(300));  // never back
  CHECK(milestones.passed(Milestone::confirmed, sales, 10) == at(100));
  CHECK(milestones.passed(Milestone::confirmed, sales, 11) == at(200));
  CHECK(milestones.passed(Milestone::confirmed, sales, 20) == at(200));
  CHECK_FALSE(milestones.passed(Milestone::confirmed, sales, 21));
  CHECK_FALSE(milestones.passed(Milestone::published, sales, 1));
  CHECK(milestones.passed(Milestone::confirmed, sales, 6) == at(100));
  // Passed before this process began: no time is made up.
  CHECK_FALSE(milestones.passed(Milestone::confirmed, sales, 5));
}
