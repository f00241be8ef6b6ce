#include "drivers/exec/delivery_queue.h"

#include <catch2/catch.hpp>

#include "tests/unit/drivers/store_stub.h"

using namespace storeward;
using namespace storeward::exec;
using storeward::testing::plan_of_used_numbers;
using storeward::testing::StoreStub;

TEST_CASE("deliveries of nothing but used numbers are settled after their commit", "[exec]") {
  asio::io_context io;
  StoreStub store{io};
  store.at_once = false;
  const DriverHost host = store.host();
  std::vector<std::string> answers;
  DeliveryQueue queue(host, plan_of_used_numbers(), [&answers](const DeliveryQueue::Settled& one) {
    answers.push_back(one.answer);
  });
  queue.add({.id = "a", .cursor = SourceCursor{.key = "k", .value = "18"}, .body = "17\n18\n"});
  queue.add({.id = "b", .body = "19\n"});
  CHECK(io.run_for(std::chrono::milliseconds(100)) > 0);
  REQUIRE(store.waiting.size() == 1);
  CHECK(answers.empty());
  store.answer();
  REQUIRE(answers.size() == 2);
  CHECK(answers[1].find("ignored") != std::string::npos);
  CHECK(queue.empty());
  REQUIRE(store.numbers.size() == 3);
  CHECK(store.numbers[2] == UsedNumber{"scans", "3", "2026-11-20", 19});
}
