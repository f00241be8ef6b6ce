#include "drivers/exec/restarts.h"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using storeward::Instant;
using storeward::Millis;
using storeward::exec::Restarts;

namespace {

const Instant start{1'000s};

}  // namespace

TEST_CASE("Pauses between starts grow, with full jitter", "[F6][exec]") {
  Millis sums[4] = {};
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Restarts restarts({}, seed);
    for (int end = 0; end < 4; ++end) {
      restarts.begun(start);
      const Millis wait = restarts.after_end(start + 1s, false);
      CHECK(wait > 0ms);
      CHECK(wait <= 1s * (1 << end));
      sums[end] += wait;
    }
  }
  for (int end = 0; end < 4; ++end) {  // the mean is half of the ceiling
    CHECK(sums[end] / 200 > 400ms * (1 << end));
    CHECK(sums[end] / 200 < 600ms * (1 << end));
  }
}

TEST_CASE("Five ends in a row are a crash loop, which is tried slowly", "[F6][exec]") {
  Restarts restarts({}, 7);
  for (int end = 1; end <= 20; ++end) {
    CHECK(restarts.looping() == (end > Restarts::loop_ends));
    restarts.begun(start);
    const Millis wait = restarts.after_end(start + 1s, false);
    if (end >= Restarts::loop_ends) {
      CHECK(wait >= 150s);
      CHECK(wait <= 300s);
    }
  }
}

TEST_CASE("A program that brings something new, or lives long, is in no crash loop", "[exec]") {
  Restarts restarts({}, 7);
  for (int end = 0; end < 100; ++end) {
    restarts.begun(start);
    if (end % 2 == 0) restarts.has_handed_in();
    restarts.after_end(start + (end % 2 == 0 ? 1s : 61s), false);
    CHECK_FALSE(restarts.looping());
  }
}

TEST_CASE("An orderly end is no failure", "[exec]") {
  Restarts restarts({.again = 7s}, 7);
  restarts.begun(start);
  restarts.after_end(start, false);
  CHECK_FALSE(restarts.sound(start));
  restarts.begun(start);
  CHECK(restarts.after_end(start + 1s, true) == 7s);
  CHECK(restarts.sound(start));
}
