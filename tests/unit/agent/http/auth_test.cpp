#include "agent/http/auth.h"

#include <catch2/catch.hpp>

using namespace storeward;
using namespace storeward::http;

namespace {

Instant at(std::int64_t ms) {
  return Instant(Millis{1'000'000 + ms});
}

RemoteAddress v4(std::uint8_t last) {
  return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, last};
}

Authenticator two_tills() {
  return Authenticator(
      {{"till-1", sha256("first"), {}, 0}, {"till-2", sha256("second"), {"scales"}, 10}});
}

int wrong(Authenticator& authenticator, const RemoteAddress& remote, std::int64_t ms) {
  return authenticator.check("Bearer guess", remote, at(ms)).refusal.status;
}

}  // namespace

TEST_CASE("a token names its client", "[http][auth]") {
  Authenticator authenticator = two_tills();
  CHECK(authenticator.check("Bearer first", v4(1), at(0)).client->name == "till-1");
  CHECK(authenticator.check("bearer  second", v4(1), at(0)).client->name == "till-2");
}

TEST_CASE("without a known token the answer is 401", "[http][auth][F34]") {
  Authenticator authenticator = two_tills();
  for (const std::string header :
       {"", "Bearer", "Bearer ", "Basic first", "first", "Bearer FIRST", "Bearer first "}) {
    const Authenticator::Verdict verdict = authenticator.check(header, v4(1), at(0));
    INFO(header);
    CHECK(verdict.client == nullptr);
    CHECK(verdict.refusal.status == 401);
    CHECK(verdict.refusal.body.find("first") == std::string::npos);
  }
}

TEST_CASE("guessing is slowed down by address and a valid token never is", "[http][auth][F34]") {
  Authenticator authenticator = two_tills();
  for (int i = 0; i < 10; ++i) CHECK(wrong(authenticator, v4(1), i) == 401);
  const Authenticator::Verdict locked = authenticator.check("Bearer guess", v4(1), at(20'000));
  CHECK(locked.refusal.status == 429);
  REQUIRE(locked.refusal.headers.size() == 1);
  CHECK(locked.refusal.headers[0].first == "Retry-After");
  CHECK(locked.refusal.headers[0].second == "40");
  CHECK(authenticator.check("Bearer first", v4(1), at(20'000)).client != nullptr);
  CHECK(wrong(authenticator, v4(2), 20'000) == 401);
  CHECK(wrong(authenticator, v4(1), 60'001) == 401);
}

TEST_CASE("what guessing costs in memory is bounded", "[http][auth][F34]") {
  Authenticator authenticator = two_tills();
  RemoteAddress remote{};
  for (int i = 0; i < 20'000; ++i) {
    remote[3] = static_cast<std::uint8_t>(i);
    remote[2] = static_cast<std::uint8_t>(i >> 8);
    CHECK(wrong(authenticator, remote, 0) == 401);
  }
  CHECK(authenticator.remembered() <= 4096);
}

TEST_CASE("a client above its rate waits, and only that client", "[http][auth]") {
  Authenticator authenticator = two_tills();
  const Client& slow = *authenticator.check("Bearer second", v4(1), at(0)).client;
  const Client& free = *authenticator.check("Bearer first", v4(1), at(0)).client;
  CHECK(authenticator.wait_seconds(slow, at(0)) == 0);
  authenticator.charge(slow, 30, at(0));  // three seconds' worth at once
  authenticator.charge(free, 1'000'000, at(0));
  CHECK(authenticator.wait_seconds(slow, at(0)) == 3);
  CHECK(authenticator.wait_seconds(slow, at(2'200)) == 0);
  CHECK(authenticator.wait_seconds(free, at(0)) == 0);
}

TEST_CASE("a wrong signature counts as a guess, and its answer says nothing", "[http][auth][F34]") {
  Authenticator authenticator = two_tills();
  for (int i = 0; i < 10; ++i) {
    const HttpResponse answer = authenticator.wrong_signature(v4(1), at(i));
    CHECK(answer.status == 401);
    CHECK(answer.body == R"({"error":"not authorised"})");
  }
  CHECK(authenticator.wrong_signature(v4(1), at(20)).status == 429);
  CHECK(wrong(authenticator, v4(1), 30) == 429);
  CHECK(authenticator.check("Bearer first", v4(1), at(40)).client != nullptr);
}
