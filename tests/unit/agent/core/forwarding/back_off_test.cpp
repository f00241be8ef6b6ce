#include "agent/core/forwarding/back_off.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

using namespace storeward;

namespace {
constexpr Instant start{Millis{1'000'000}};
}

TEST_CASE("a thousand stores that lose their broker at once come back at most fifty a second",
          "[forwarder][backoff]") {
  std::vector<int> connects(31);
  for (std::uint64_t store = 0; store < 1'000; ++store) {
    BackOff back_off({}, 1, store * 7919 + 1);
    back_off.on_up(start - Millis{3'600'000});
    const Instant at = back_off.after_failure(start);
    REQUIRE(at > start);
    ++connects.at(static_cast<std::size_t>((at - start).count() / 1'000));
  }
  CHECK(*std::ranges::max_element(connects) <= 50);  // 33 on average
}

TEST_CASE("neighbouring seeds wait differently and the same seed waits the same",
          "[forwarder][backoff]") {
  BackOff one({}, 1, 1), again({}, 1, 1), two({}, 1, 2);
  std::vector<Instant> first, repeated, other;
  for (int i = 0; i < 20; ++i) {
    first.push_back(one.after_failure(start));
    repeated.push_back(again.after_failure(start));
    other.push_back(two.after_failure(start));
  }
  CHECK(first == repeated);
  CHECK(first != other);
}

TEST_CASE("the ceiling doubles up to its cap and only a stable connection resets it",
          "[forwarder][backoff]") {
  const BackOffOptions options{.spread = Millis{1'000}, .cap = Millis{8'000}};
  const auto longest = [&](int failures, std::optional<Millis> stood) {
    Millis most{0};
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
      BackOff back_off(options, 1, seed);
      for (int i = 1; i < failures; ++i) back_off.after_failure(start);
      if (stood) back_off.on_up(start - *stood);
      most = std::max(most, back_off.after_failure(start) - start);
    }
    return most;
  };
  const auto about = [](Millis value, int ceiling) {
    return value <= Millis{ceiling} && value > Millis{ceiling * 9 / 10};
  };
  CHECK(about(longest(1, {}), 1'000));
  CHECK(about(longest(2, {}), 2'000));
  CHECK(about(longest(3, {}), 4'000));
  CHECK(about(longest(9, {}), 8'000));
  CHECK(about(longest(9, Millis{5'000}), 8'000));  // a flapping link
  CHECK(about(longest(9, Millis{30'000}), 1'000));
}

TEST_CASE("a dead broker is followed by the next in the list, a stable one leads back to the first",
          "[forwarder][backoff]") {
  BackOff back_off({}, 3, 1);
  CHECK(back_off.broker() == 0);
  back_off.after_failure(start);
  CHECK(back_off.broker() == 1);
  back_off.on_up(start);
  back_off.after_failure(start + Millis{30'000});
  CHECK(back_off.broker() == 0);
  for (int i = 0; i < 3; ++i) back_off.after_failure(start);
  CHECK(back_off.broker() == 0);
}
