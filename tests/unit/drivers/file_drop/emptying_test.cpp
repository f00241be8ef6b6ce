#include "drivers/file_drop/emptying.h"

#include "drivers/file_drop/drop_lock.h"

#include "tests/unit/drivers/file_drop/drop_fixture.h"

namespace storeward::file_drop {
namespace {

using std::chrono::days;

class SetClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  WallTime wall() const override { return wall_; }
  void pass(Millis time) {
    now_ += time;
    wall_ += time;
  }
  void jump(Millis time) { wall_ += time; }

 private:
  Instant now_ = SystemClock().now();
  WallTime wall_ = SystemClock().wall();
};

// A life of the driver, in which it goes through done/ and failed/ once.
void empty(DropFixture& drop, const Clock& clock) {
  Life life(drop.kept);
  const DropDirectory directory = drop.directory();
  Emptying emptying(*life.line, 30);
  for (int part = 0; part < 4; ++part) emptying.go_on(directory, clock, 100);
}

TEST_CASE("a start with the clock a year ahead deletes nothing of done/ and failed/") {
  DropFixture drop;
  SetClock clock;
  empty(drop, clock);
  drop.put("done/good.csv", "1");
  drop.put("failed/bad.csv", "2");
  clock.jump(days(400));
  for (int start = 0; start < 5; ++start) {
    clock.pass(std::chrono::minutes(5));
    empty(drop, clock);
  }
  CHECK(drop.is_there("done/good.csv"));
  CHECK(drop.is_there("failed/bad.csv"));
  clock.jump(-days(400));
  empty(drop, clock);
  CHECK(drop.is_there("done/good.csv"));
}

TEST_CASE("the lock stays in done/, however old it is") {
  DropFixture drop;
  SetClock clock;
  empty(drop, clock);
  REQUIRE(DropLock::take(drop.directory(), DirectoryShare()));
  for (int day = 1; day <= 40; ++day) {
    clock.pass(days(1));
    empty(drop, clock);
  }
  CHECK(drop.is_there("done/.storeward.lock"));
}

TEST_CASE("what lies in done/ and failed/ goes when its days have passed") {
  DropFixture drop;
  SetClock clock;
  empty(drop, clock);
  drop.put("done/good.csv", "1");
  drop.put("failed/bad.csv", "2");
  for (int day = 1; day <= 31; ++day) {
    CHECK(drop.is_there("done/good.csv"));
    clock.pass(days(1));
    empty(drop, clock);
  }
  CHECK_FALSE(drop.is_there("done/good.csv"));
  CHECK(drop.is_there("failed/bad.csv"));
}

}  // namespace
}  // namespace storeward::file_drop
