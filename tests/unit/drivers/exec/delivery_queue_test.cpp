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

TEST_CASE("a body of more records than a delivery may have is one exception", "[exec]") {
  asio::io_context io;
  StoreStub store{io};
  const DriverHost host = store.host();
  std::vector<std::string> answers;
  DeliveryQueue queue(host, plan_of_used_numbers(), [&answers](const DeliveryQueue::Settled& one) {
    answers.push_back(one.answer);
  });
  std::string body;
  for (std::size_t i = 1; i <= most_records; ++i) body += std::to_string(i) + "\n";
  queue.add({.id = "most", .body = body});
  CHECK(io.run_for(std::chrono::milliseconds(100)) > 0);
  CHECK(store.numbers.size() == most_records);
  CHECK(store.rejected.empty());
  queue.add({.id = "more", .body = body + "10001\n"});
  io.restart();
  CHECK(io.run_for(std::chrono::milliseconds(100)) > 0);
  CHECK(store.numbers.size() == most_records);
  REQUIRE(store.rejected.size() == 1);
  CHECK(store.rejected[0].reason.starts_with("more than 10000 records in one delivery"));
  REQUIRE(answers.size() == 2);
  CHECK(answers[1].find("quarantined") != std::string::npos);
}
