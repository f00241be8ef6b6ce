#include "agent/runtime/queue_share.h"

#include <catch2/catch.hpp>

#include <vector>

using namespace storeward;

namespace {

Delivery of_bytes(std::size_t bytes) {
  Rejected rejected;
  rejected.masked.assign(bytes, 'x');
  Delivery delivery;
  delivery.items.emplace_back(std::move(rejected));
  return delivery;
}

struct Store {
  std::vector<Submitted> waiting;
  bool full = false;
  Submit submit() {
    return [this](Delivery&&, Submitted answer) {
      if (full) return false;
      waiting.push_back(std::move(answer));
      return true;
    };
  }
  void answer() {
    for (const Submitted& answer : std::exchange(waiting, {})) answer(std::vector<ItemOutcome>{});
  }
};

}  // namespace

TEST_CASE("a source that hands in without end waits for itself, and the others find room",
          "[runtime][F45]") {
  Store store;
  const Submit noisy = with_queue_share(store.submit(), 10'000);
  const Submit quiet = with_queue_share(store.submit(), 10'000);
  int answered = 0;
  const auto hand_in = [&](const Submit& submit, std::size_t bytes) {
    return submit(of_bytes(bytes), [&](const SubmitResult&) { ++answered; });
  };
  int taken = 0;
  while (taken < 100 && hand_in(noisy, 1'000)) ++taken;
  CHECK(taken > 2);
  CHECK(taken < 10);  // an item takes more than its bytes
  CHECK_FALSE(hand_in(noisy, 1'000));
  CHECK(hand_in(quiet, 1'000));
  store.answer();
  CHECK(answered == taken + 1);
  CHECK(hand_in(noisy, 1'000));
}

TEST_CASE("a delivery beyond the share goes alone", "[runtime]") {
  Store store;
  const Submit submit = with_queue_share(store.submit(), 10'000);
  const auto ignore = [](const SubmitResult&) {};
  CHECK(submit(of_bytes(50'000), ignore));
  CHECK_FALSE(submit(of_bytes(1), ignore));
  store.answer();
  CHECK(submit(of_bytes(1), ignore));
}

TEST_CASE("what the store does not take uses up no share", "[runtime]") {
  Store store;
  store.full = true;
  const Submit submit = with_queue_share(store.submit(), 10'000);
  for (int i = 0; i < 20; ++i) CHECK_FALSE(submit(of_bytes(5'000), [](const SubmitResult&) {}));
  store.full = false;
  CHECK(submit(of_bytes(5'000), [](const SubmitResult&) {}));
}
