#include "agent/hub/sequence_set.h"

#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "tests/support/seed.h"

using namespace storeward;
using namespace storeward::hub;

TEST_CASE("a set of sequences agrees with a plain set, whatever order they come in", "[hub]") {
  std::mt19937_64 random(storeward::testing::announced_seed("sequence set"));
  for (int round = 0; round < 200; ++round) {
    SequenceSet set;
    std::set<Sequence> plain;
    for (int step = 0; step < 30; ++step) {
      const Sequence first = 1 + random() % 80;
      const Range range{first, first + random() % 6};
      bool disjoint = true;
      for (Sequence n = range.first; n <= range.last; ++n) disjoint &= !plain.contains(n);
      REQUIRE(set.disjoint(range) == disjoint);
      set.add(range);
      for (Sequence n = range.first; n <= range.last; ++n) plain.insert(n);
      const auto copy = SequenceSet::from_text(set.confirmed(), set.beyond_text());
      REQUIRE(copy);
      std::set<Sequence> gaps;
      for (const Range& gap : copy->missing(90, 1000)) {
        for (Sequence n = gap.first; n <= gap.last; ++n) gaps.insert(n);
      }
      Sequence confirmed = 0;
      while (plain.contains(confirmed + 1)) ++confirmed;
      REQUIRE(copy->confirmed() == confirmed);
      for (Sequence n = 1; n <= 90; ++n) {
        REQUIRE(copy->contains(n) == plain.contains(n));
        REQUIRE(gaps.contains(n) == !plain.contains(n));
      }
    }
  }
}

TEST_CASE("the gaps that are asked for are bounded", "[hub]") {
  SequenceSet set;
  for (Sequence n = 2; n <= 1000; n += 2) set.add({n, n});
  CHECK(set.missing(1000, 100).size() == 100);
  CHECK(set.missing(5, 100) == std::vector<Range>{{1, 1}, {3, 3}, {5, 5}});
}

TEST_CASE("a damaged text of ranges is recognised", "[hub]") {
  for (const char* text : {"1", "5-3", "0-4", "a-b", "5-6;8-9"}) {
    INFO(text);
    CHECK_FALSE(SequenceSet::from_text(0, text));
  }
}
