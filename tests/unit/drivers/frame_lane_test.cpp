#include "drivers/frame_lane.h"

#include <catch2/catch.hpp>

#include <set>

#include "drivers/frame_intake.h"
#include "tests/unit/drivers/store_stub.h"

using namespace storeward;
using storeward::testing::plan_of;
using storeward::testing::raw_of;
using storeward::testing::StoreStub;

namespace {

// A driver without sockets; the test's own thread is the io thread.
struct Bench {
  explicit Bench(FrameRules rules = {})
      : intake(std::make_shared<FrameIntake>(rules, plan_of("scanner-lines"), store.host())) {}

  std::shared_ptr<FrameLane> lane(std::string& answers) {
    return std::make_shared<FrameLane>(
        intake, mapping::Given{{"remote", "10.0.0.5"}},
        FrameLane::Wires{.send = [&answers](const std::string& sent) { answers += sent; },
                         .on_change = [] {}});
  }
  void run() {
    io.restart();
    io.poll();
  }

  asio::io_context io;
  StoreStub store{io};
  std::shared_ptr<FrameIntake> intake;
};

}  // namespace

TEST_CASE("a line is answered after its commit and not before", "[frames][F43]") {
  Bench bench;
  bench.store.at_once = false;
  std::string answers;
  const auto lane = bench.lane(answers);
  lane->feed("4012345000016\n4012345000017\n40123");
  CHECK(bench.store.waiting.size() == 2);
  CHECK(answers.empty());
  CHECK_FALSE(lane->idle());
  bench.store.answer();
  CHECK(answers == "OK 1 stored\n");
  bench.store.answer();
  CHECK(answers == "OK 1 stored\nOK 1 stored\n");
  CHECK(lane->idle());
  CHECK(raw_of(bench.store.events.at(1)) == "4012345000017");
}

TEST_CASE("answers come in the order of the frames", "[frames]") {
  Bench bench;
  bench.store.at_once = false;
  std::string answers;
  const auto lane = bench.lane(answers);
  lane->feed("a\n\xFF\nc\n");
  REQUIRE(bench.store.waiting.size() == 3);
  std::swap(bench.store.waiting[0], bench.store.waiting[1]);
  bench.store.answer();  // the second frame
  CHECK(answers.empty());
  bench.store.answer();
  CHECK(answers.starts_with("OK 1 stored\nEXCEPTION 17 "));
}

TEST_CASE("what was not stored is told LATER, and can be sent again", "[frames]") {
  Bench bench;
  std::string answers;
  const auto lane = bench.lane(answers);
  bench.store.full = true;
  lane->feed("a\n");
  bench.store.full = false;
  bench.store.at_once = false;
  lane->feed("b\n");
  bench.store.answer_with(Unexpected{SubmitFailure{"disk", 7}});
  lane->feed("c\n");
  bench.store.refuse();
  lane->set_paused(true);
  lane->feed("d\n");
  lane->set_paused(false);
  lane->feed("a\n");
  bench.store.answer();
  CHECK(answers == "LATER 1\nLATER 7\nLATER 30\nLATER 30\nOK 1 stored\n");
  CHECK(bench.store.events.size() == 1);
}

TEST_CASE("the peer that hears nothing loses nothing and keeps its order", "[frames]") {
  Bench bench({.acknowledge = Acknowledge::none});
  bench.store.at_once = false;
  std::string answers;
  const auto lane = bench.lane(answers);
  lane->feed("a\nb\nc\n");
  REQUIRE(bench.store.waiting.size() == 1);  // one at a time
  CHECK_FALSE(lane->wants_bytes());
  const std::string id = std::get<Event>(bench.store.waiting[0].items[0]).identity.id;
  bench.store.answer_with(Unexpected{SubmitFailure{"disk", 0}});
  CHECK(bench.store.waiting.empty());
  for (int i = 0; i < 1000 && bench.store.waiting.empty(); ++i) bench.run();
  REQUIRE(bench.store.waiting.size() == 1);  // the same again, under the same id
  CHECK(std::get<Event>(bench.store.waiting[0].items[0]).identity.id == id);
  lane->set_paused(true);
  bench.store.answer();
  CHECK(bench.store.waiting.empty());
  lane->set_paused(false);
  while (!bench.store.waiting.empty()) bench.store.answer();
  REQUIRE(bench.store.events.size() == 3);
  CHECK(raw_of(bench.store.events[0]) == "a");
  CHECK(raw_of(bench.store.events[2]) == "c");
  CHECK(answers.empty());
  CHECK(lane->wants_bytes());
}

TEST_CASE("a byte is enough for a scanner: ACK, or NAK to send it again", "[frames]") {
  Bench bench({.acknowledge = Acknowledge::byte});
  std::string answers;
  const auto lane = bench.lane(answers);
  lane->feed("a\n\xFF\n");  // an exception is kept, and done for the scanner
  bench.store.full = true;
  lane->feed("b\n");
  CHECK(answers == "\x06\x06\x15");
}

TEST_CASE("the same scan twice is two scans, after a restart too", "[frames]") {
  std::set<std::string> ids;
  for (int start = 0; start < 2; ++start) {
    Bench bench;  // the clock stands at the same instant: a box without a battery
    std::string answers;
    const auto lane = bench.lane(answers);
    lane->feed("4012345000016\n4012345000016\n");
    for (const Event& event : bench.store.events) ids.insert(event.identity.id);
  }
  CHECK(ids.size() == 4);
}

TEST_CASE("one peer has a bounded number of frames under way", "[frames][F45]") {
  Bench bench;
  bench.store.at_once = false;
  std::string answers;
  const auto lane = bench.lane(answers);
  std::string burst;
  for (int i = 0; i < 100; ++i) burst += std::to_string(i) + '\n';
  lane->feed(burst);
  CHECK(bench.store.waiting.size() == FrameLane::max_in_flight);
  CHECK_FALSE(lane->wants_bytes());
  while (!bench.store.waiting.empty()) bench.store.answer();
  CHECK(bench.store.most_waiting == FrameLane::max_in_flight);
  REQUIRE(bench.store.events.size() == 100);
  for (int i = 0; i < 100; ++i) {
    CHECK(raw_of(bench.store.events[static_cast<std::size_t>(i)]) == std::to_string(i));
  }
}

TEST_CASE("peers take turns where the driver's room is short", "[frames][F45]") {
  Bench bench({.max_in_flight = 4});
  bench.store.at_once = false;
  std::string noisy_answers, quiet_answers;
  const auto noisy = bench.lane(noisy_answers);
  const auto quiet = bench.lane(quiet_answers);
  std::string burst;
  for (int i = 0; i < 1000; ++i) burst += "noise\n";
  noisy->feed(burst);
  CHECK(bench.store.waiting.size() == 4);
  quiet->feed("quiet\n");
  CHECK(bench.store.waiting.size() == 4);
  int answered = 0;
  while (quiet_answers.empty() && !bench.store.waiting.empty()) {
    bench.store.answer();
    bench.run();
    ++answered;
  }
  CHECK(quiet_answers == "OK 1 stored\n");
  CHECK(answered <= 4 + 2);  // those before it, and a turn of the neighbour
  for (int i = 0; i < 5000 && !bench.store.waiting.empty(); ++i) {
    bench.store.answer();
    bench.run();
  }
  CHECK(bench.store.events.size() == 1001);
  CHECK(bench.store.most_waiting <= 4);
}

TEST_CASE("a full store that answers at once does not stop the turns", "[frames][F45]") {
  Bench bench({.max_in_flight = 1});
  bench.store.at_once = false;
  std::string one, other;
  const auto first = bench.lane(one), second = bench.lane(other);
  first->feed("a\n");
  second->feed("b\nc\nd\n");  // waits for room
  bench.store.full = true;
  bench.store.answer();
  for (int i = 0; i < 10; ++i) bench.run();
  CHECK(one == "OK 1 stored\n");
  CHECK(other == "LATER 1\nLATER 1\nLATER 1\n");
}

TEST_CASE("a peer that leaves gives back its room, and its frames are still stored", "[frames]") {
  Bench bench({.max_in_flight = 2});
  bench.store.at_once = false;
  std::string answers, other_answers;
  auto lane = bench.lane(answers);
  lane->feed("a\nb\nc\n");
  const auto other = bench.lane(other_answers);
  other->feed("d\n");
  lane.reset();
  for (int i = 0; i < 5; ++i) {
    bench.store.answer_all();
    bench.run();
  }
  CHECK(answers.empty());
  CHECK(other_answers == "OK 1 stored\n");
  CHECK(bench.store.events.size() == 3);  // not c: it was never taken
  CHECK(bench.intake->idle());
}

TEST_CASE("a refused frame is said after the answers before it", "[frames][F43]") {
  Bench bench({.max_frame_bytes = 8});
  bench.store.at_once = false;
  std::string answers;
  const auto lane = bench.lane(answers);
  lane->feed("a\n" + std::string(20, 'x'));
  CHECK_FALSE(lane->wants_bytes());
  CHECK(answers.empty());
  bench.store.answer();
  CHECK(answers == "OK 1 stored\nREFUSED a line without an end after 8 bytes\n");
  CHECK(lane->idle());
}

TEST_CASE("a length-framed frame may be empty", "[frames][F43]") {
  Bench bench({.form = FrameForm::length});
  std::string answers;
  const auto lane = bench.lane(answers);
  lane->feed(std::string("\0\0\0\0\0\0\0\5", 8) + "a\nb\nc");
  CHECK(answers == "OK 0 stored\nOK 3 stored\n");
  CHECK(bench.store.events.size() == 3);
}
