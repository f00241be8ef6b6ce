#include "agent/runtime/control_request.h"

#include <catch2/catch.hpp>

using namespace storeward;

namespace {

const Epoch current = "019a0000-0000-7000-8000-000000000001";

std::string refusal(std::string_view line) {
  const auto command = replay_command(line, current);
  return command ? "none" : command.error().message;
}

}  // namespace

TEST_CASE("a request on the control socket is known by its name", "[control]") {
  CHECK(request_name(R"({"request":"status"})").value() == "status");
  CHECK(request_name(R"({"request":5})").value().empty());
  CHECK(request_name("{}").value().empty());
  CHECK_FALSE(request_name("[]"));
  CHECK_FALSE(request_name(std::string("{}\0{}", 5)));
  CHECK_FALSE(request_name("{"));
  CHECK_FALSE(request_name(R"({"x":)" + std::string(60'000, '[') + std::string(5'000, ']')));
}

TEST_CASE("a replay is asked of the current epoch unless it names one", "[control]") {
  const auto command = replay_command(R"({"stream":"sales","from":2,"to":9})", current);
  REQUIRE(command);
  CHECK(command->stream == StreamKey{current, Stream::sales});
  CHECK(command->range == Range{2, 9});
  CHECK(replay_command(R"({"stream":"stock","epoch":"","from":1,"to":1})", current)->stream.epoch ==
        current);
  CHECK(
      replay_command(R"({"stream":"stock","epoch":"E1","from":1,"to":1})", current)->stream.epoch ==
      "E1");
}

TEST_CASE("a replay of the wrong shape is refused, not a reason to stop", "[control]") {
  CHECK(refusal(R"({"stream":"sales","epoch":5,"from":1,"to":2})") == "epoch: is not a text");
  CHECK(refusal(R"({"stream":"sales","epoch":null,"from":1,"to":2})") == "epoch: is not a text");
  CHECK(refusal(R"({"stream":"sales","from":9,"to":2})") == "to: is before from");
  CHECK(refusal(R"({"stream":7,"from":1,"to":2})") == "stream: is not a text");
}
