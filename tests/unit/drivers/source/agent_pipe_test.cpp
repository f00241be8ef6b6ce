#include "drivers/source/agent_pipe.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>

using namespace storeward;
using namespace storeward::source;
using namespace std::chrono_literals;

namespace {

struct Talk {
  std::array<int, 2> ends{};
  Talk() {
    std::signal(SIGPIPE, SIG_IGN);  // as the programs do
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
  }
  ~Talk() {
    hang_up();
    ::close(ends[0]);
  }
  void hang_up() {
    if (ends[1] >= 0) ::close(ends[1]);
    ends[1] = -1;
  }
  void agent_says(std::string_view text) {
    REQUIRE(::send(ends[1], text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  }
  std::string agent_hears() {
    std::array<char, 65536> bytes;
    const ssize_t got = ::recv(ends[1], bytes.data(), bytes.size(), MSG_DONTWAIT);
    return got > 0 ? std::string(bytes.data(), static_cast<std::size_t>(got)) : "";
  }
};

}  // namespace

TEST_CASE("The hello is read, and another protocol is none", "[source]") {
  Talk talk;
  AgentPipe pipe(talk.ends[0], talk.ends[0]);
  talk.agent_says(
      R"({"hello":1,"driver":"d","max_line_bytes":9,"cursors":{"k":"v"},"skip":[],"config":{"a":"b"}})"
      "\n");
  const auto hello = pipe.hello();
  REQUIRE(hello);
  CHECK(hello->driver == "d");
  CHECK(hello->max_line_bytes == 9);
  CHECK(hello->cursors.at("k") == "v");
  CHECK(hello->setting("a") == "b");
  CHECK(hello->setting("x").empty());
  talk.agent_says("{\"hello\":2}\n");
  CHECK_FALSE(pipe.hello());
  talk.hang_up();
  CHECK_FALSE(pipe.hello());
}

TEST_CASE("A delivery is one line, whatever its bytes", "[source]") {
  DeliveryLine line("7");
  line.text("file", "a\"b");
  line.values({{"x", "1"}, {"y", "\n"}});
  line.raw("records", "[{}]");
  line.cursor("k", "v");
  CHECK(
      std::move(line).line() ==
      R"({"id":"7","file":"a\"b","values":{"x":"1","y":"\n"},"records":[{}],"cursor":{"key":"k","value":"v"}})"
      "\n");
  for (const auto& [bytes, text] : {std::pair{std::string("A"), "QQ=="},
                                    {"AB", "QUI="},
                                    {"ABC", "QUJD"},
                                    {std::string("\0\xff\xfe\x01", 4), "AP/+AQ=="},
                                    {"", ""}}) {
    DeliveryLine body("1");
    body.body(bytes);
    CHECK(std::move(body).line() ==
          "{\"id\":\"1\",\"body_base64\":\"" + std::string(text) + "\"}\n");
  }
}

TEST_CASE("What is handed in is waited for, and a person's word may come between", "[source]") {
  Talk talk;
  AgentPipe pipe(talk.ends[0], talk.ends[0]);
  CHECK(pipe.hand_in("{\"id\":\"1\"}\n"));
  CHECK(pipe.hand_in("{\"id\":\"2\"}\n"));
  CHECK(talk.agent_hears() == "{\"id\":\"1\"}\n{\"id\":\"2\"}\n");
  talk.agent_says(
      "{\"id\":\"1\",\"results\":[]}\n{\"answer\":\"continue\"}\n{\"id\":\"2\",\"results\":[]}\n");
  CHECK(pipe.settle());
  CHECK(pipe.take_decision() == "continue");
  CHECK_FALSE(pipe.take_decision());
  CHECK(pipe.wait(1ms));
  talk.hang_up();
  CHECK_FALSE(pipe.wait(10s));
  CHECK_FALSE(pipe.hand_in("{}\n"));
}

TEST_CASE("Health is said where it changes", "[source]") {
  Talk talk;
  AgentPipe pipe(talk.ends[0], talk.ends[0]);
  CHECK(pipe.healthy());
  CHECK(pipe.healthy());
  CHECK(pipe.failing("a \"b\""));
  CHECK(pipe.failing("a \"b\""));
  CHECK(pipe.ask("which?", {"one", "two"}));
  CHECK(talk.agent_hears() ==
        "{\"health\":\"ok\"}\n{\"health\":\"failing\",\"detail\":\"a \\\"b\\\"\"}\n"
        "{\"ask\":\"which?\",\"answers\":[\"one\",\"two\"]}\n");
}
