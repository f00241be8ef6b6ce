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

TEST_CASE("a cursor alone is settled, and is no delivery of records", "[exec]") {
  asio::io_context io;
  StoreStub store{io};
  const DriverHost host = store.host();
  std::vector<bool> records;
  DeliveryQueue queue(host, plan_of_used_numbers(), [&records](const DeliveryQueue::Settled& one) {
    records.push_back(one.records);
  });
  queue.add({.id = "a", .cursor = SourceCursor{.key = "k", .value = "18"}});
  queue.add({.id = "b", .body = "19\n"});
  CHECK(io.run_for(std::chrono::milliseconds(100)) > 0);
  CHECK(records == std::vector<bool>{false, true});
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

TEST_CASE("where an exception was found is told by delivery and record, whatever `file` says",
          "[exec]") {
  asio::io_context io;
  StoreStub store{io};
  const DriverHost host = store.host();
  const auto plan = storeward::testing::plan_of("scanner-lines");
  DeliveryQueue queue(host, plan, [](const DeliveryQueue::Settled&) {});
  const auto hand_in = [&queue](std::string_view line) {
    auto word = read_word(line);
    REQUIRE(word);
    queue.add(*std::get<std::unique_ptr<Handed>>(*word));
  };
  // Nothing says when they came, so none becomes an event.
  hand_in(R"({"id":"byte 20","file":"journal","body":"a\nb\n"})");
  hand_in(R"({"id":"byte 40","file":"journal","record":{"line":"c"}})");
  hand_in(R"({"id":"byte 60","records":[{"line":"d"},{"line":"e"}]})");
  hand_in(R"({"id":"4111111111111111","file":"4111111111111111","record":{"line":"f"}})");
  hand_in(R"({"id":"byte 80","file":"journal","values":{"receivedAt":"2026-11-20T09:15:02Z",)"
          R"("sequence":"1"},"body":"g"})");
  CHECK(io.run_for(std::chrono::milliseconds(100)) > 0);
  std::vector<std::string> places;
  for (const Rejected& each : store.rejected) places.push_back(each.origin.place);
  CHECK(places == std::vector<std::string>{
                      "journal, delivery byte 20, record 1", "journal, delivery byte 20, record 2",
                      "journal, delivery byte 40, record 1", "delivery byte 60, record 1",
                      "delivery byte 60, record 2",
                      "************1111, delivery ************1111, record 1"});
  // Also of an event, should it turn out to contradict another one; its own `file` is unchanged.
  REQUIRE(store.events.size() == 1);
  CHECK(store.events[0].origin.place == "journal, delivery byte 80, record 1");
  CHECK_THAT(store.events[0].bytes, Catch::Contains(R"("file":"journal","offset":0)"));
}
