#include "agent/till/answer.h"

#include <catch2/catch.hpp>

#include "agent/till/poster.h"
#include "agent/till/tally.h"

using namespace storeward::till;
using Verdict = Answer::Verdict;

TEST_CASE("each event learns its own fate from the answer", "[till]") {
  const std::vector<TillEvent> sent(
      {TillEvent{"a"}, TillEvent{"b"}, TillEvent{"c"}, TillEvent{"d"}});
  const Answer answer = read_answer(
      200,
      R"({"results":[{"id":"a","status":"stored","sequence":1},{"id":"b","status":"duplicate"},)"
      R"({"id":"c","status":"quarantined","exception":17,"reason":"data.lines: missing"},)"
      R"({"id":"d","status":"conflict","reason":"different content"}]})",
      sent);
  REQUIRE(answer.verdict == Verdict::answered);
  REQUIRE(answer.events.size() == 4);
  CHECK(answer.events[0].fate == Fate::stored);
  CHECK(answer.events[1].fate == Fate::duplicate);
  CHECK(answer.events[2].fate == Fate::not_stored);
  CHECK(answer.events[2].reason == "data.lines: missing (exception 17)");
  CHECK(answer.events[3].status == "conflict");
}

TEST_CASE("the till asks again exactly where asking again can help", "[till]") {
  const std::vector<TillEvent> one({TillEvent{"a"}});
  for (const long status : {408, 429, 500, 502, 503}) {
    CHECK(read_answer(status, "", one).verdict == Verdict::try_later);
  }
  for (const long status : {301, 401, 403, 404, 405, 415}) {
    CHECK(read_answer(status, "{}", one).verdict == Verdict::give_up);
  }
  for (const long status : {400, 413}) {
    const Answer refused = read_answer(status, R"({"reason":"too large"})", one);
    REQUIRE(refused.verdict == Verdict::answered);
    CHECK(refused.events.at(0).fate == Fate::not_stored);
    CHECK(refused.events.at(0).reason.find("too large") != std::string::npos);
  }
}

TEST_CASE("an answer that is not an agent's never counts as stored", "[till]") {
  const std::vector<TillEvent> one({TillEvent{"a"}});
  for (const char* body : {"", "<html>", "[]", "{}", R"({"results":[]})", R"({"results":[1]})",
                           R"({"results":[{"id":"b","status":"stored"}]})"}) {
    CAPTURE(body);
    CHECK(read_answer(200, body, one).verdict == Verdict::give_up);
  }
}

TEST_CASE("the intake's path is appended where the address has none", "[till]") {
  CHECK(intake_address("http://127.0.0.1:8443") == "http://127.0.0.1:8443/v1/events");
  CHECK(intake_address("https://agent/") == "https://agent/v1/events");
  CHECK(intake_address("https://agent/a/b") == "https://agent/a/b");
}

TEST_CASE("quantiles of answer times are within a bucket of the truth", "[till]") {
  LatencyHistogram histogram;
  CHECK(histogram.quantile(500).count() == 0);
  for (int us = 1; us <= 100'000; ++us) histogram.add(std::chrono::microseconds(us));
  CHECK(histogram.quantile(500).count() == Approx(50'000).epsilon(0.04));
  CHECK(histogram.quantile(990).count() == Approx(99'000).epsilon(0.04));
  histogram.add(std::chrono::hours(1000));
  CHECK(histogram.quantile(1000).count() > 4'000'000'000);
}
