#include "drivers/exec/crash_guard.h"

#include <catch2/catch.hpp>

using storeward::exec::CrashGuard;

TEST_CASE("What was begun at three ends in a row is poison", "[F6][exec]") {
  CrashGuard guard;
  for (int life = 1; life <= CrashGuard::deaths; ++life) {
    guard.begun("1");
    guard.begun("2");
    const auto poison = guard.died();
    if (life < CrashGuard::deaths) {
      CHECK(poison.empty());
    } else {
      REQUIRE(poison.size() == 1);
      CHECK(poison[0].id == "2");
      CHECK_FALSE(poison[0].durable);
    }
  }
}

TEST_CASE("An end over something else breaks the row", "[F6][exec]") {
  CrashGuard guard;
  for (const char* id : {"1", "1", "2", "1", "1"}) {
    guard.begun(id);
    CHECK(guard.died().empty());
  }
}

TEST_CASE("The same id with another content is something else", "[F6][exec]") {
  CrashGuard guard;
  for (std::uint64_t content = 2; content < 20; content += 2) {
    guard.handed("1", content);
    CHECK(guard.died().empty());
  }
}

TEST_CASE("A delivery is open until its answer has been taken", "[F6][exec]") {
  CrashGuard guard;
  for (int life = 1; life <= CrashGuard::deaths; ++life) {
    guard.handed("1", 8);
    guard.settled("1");
    guard.answered("1");
    const auto poison = guard.died();
    CHECK(poison.size() == (life == CrashGuard::deaths ? 1u : 0u));
    if (!poison.empty()) CHECK(poison[0].durable);
  }
  for (int life = 0; life < 2 * CrashGuard::deaths; ++life) {
    guard.handed("1", 8);
    guard.answered("1");
    guard.heard();
    CHECK(guard.died().empty());
  }
}
