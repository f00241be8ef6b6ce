#include "drivers/exec/program_run.h"

#include <catch2/catch.hpp>
#include <optional>

using namespace storeward;
using namespace storeward::exec;
using namespace std::chrono_literals;

namespace {

struct Running {
  explicit Running(const char* script) {
    auto started =
        ProgramRun::start(io, "program",
                          {.program = {.file = "/bin/sh",
                                       .name = "sh",
                                       .arguments = {"-c", script},
                                       .own_errors = true,
                                       .own_group = true}},
                          {.on_line = [this](std::string_view line, bool) { said += line; },
                           .on_room = [] {},
                           .on_over = [this](const RunEnd& how) { end = how; }});
    REQUIRE(started);
    run = std::move(*started);
  }
  void wait(std::chrono::milliseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    while (!end && std::chrono::steady_clock::now() < until) {
      io.restart();
      io.run_for(10ms);
    }
  }

  asio::io_context io;
  std::string said;
  std::optional<RunEnd> end;
  std::unique_ptr<ProgramRun> run;
};

// A child of its own, in a session of its own, keeps its output open when the program has ended.
struct Outlived : Running {
  Outlived() : Running("setsid sleep 8 & sleep 0.5; echo last; kill -9 $$") {}
};

}  // namespace

TEST_CASE("the end of a program that is not held is told though its output stays open", "[exec]") {
  Outlived program;
  program.wait(4s);
  REQUIRE(program.end);
  CHECK(program.said == "last");
}

TEST_CASE("the end of a program that was held back is told once it is held no longer", "[exec]") {
  Outlived program;
  program.run->hold(true);
  program.wait(2500ms);  // longer than last lines are waited for
  CHECK_FALSE(program.end);
  CHECK(program.said.empty());
  program.run->hold(false);
  program.wait(4s);
  REQUIRE(program.end);
  CHECK(program.said == "last");
}

TEST_CASE("a program that ended while it was held back does not keep the agent from its end",
          "[exec]") {
  Outlived program;
  program.run->hold(true);
  program.wait(2500ms);
  CHECK_FALSE(program.end);
  program.run->finish();
  program.wait(4s);
  CHECK(program.end);
}

TEST_CASE("a program that closes its output and lives on is ended, and is told why", "[exec]") {
  Running program("echo last; exec >&-; sleep 60");
  program.wait(8s);
  REQUIRE(program.end);
  CHECK(program.said == "last");
  CHECK_FALSE(program.end->orderly);
  CHECK_THAT(program.end->why, Catch::StartsWith("the program closed its standard output"));
}

TEST_CASE("a program that closes its output on the way to its end has ended in order", "[exec]") {
  Running program("echo last; exec >&-; sleep 0.5");
  program.wait(4s);
  REQUIRE(program.end);
  CHECK(program.end->orderly);
}

TEST_CASE("a program that closes its input has not read what is said to it", "[exec]") {
  Running program("exec <&-; echo closed; sleep 5");
  while (program.said.empty()) program.wait(10ms);
  program.run->send("an answer\n");
  program.wait(100ms);
  CHECK(program.run->waiting_bytes() == 10);
  CHECK_FALSE(program.end);
}

TEST_CASE("a program that ends amid a line has not ended in order, and is told why", "[exec]") {
  Running whole("echo whole");
  whole.wait(4s);
  REQUIRE(whole.end);
  CHECK(whole.end->orderly);
  Running half("echo whole; printf half");
  half.wait(4s);
  REQUIRE(half.end);
  CHECK(half.said == "whole");
  CHECK_FALSE(half.end->orderly);
  CHECK(half.end->why ==
        "the program ended (exit code 0); its last line has no line feed at its end, and was not "
        "taken");
}
