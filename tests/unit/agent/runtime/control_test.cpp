#include <asio/local/stream_protocol.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "agent/runtime/control_client.h"
#include "agent/runtime/control_server.h"

using namespace storeward;
using namespace std::chrono_literals;

namespace {

// A server that answers every request with what it got and who asked, on an io thread of its own.
class EchoServer {
 public:
  enum class Answers { always, never };

  explicit EchoServer(Answers answers = Answers::always) {
    std::array<char, 32> name{"/tmp/storeward-control-XXXXXX"};
    directory_ = mkdtemp(name.data());
    auto started =
        ControlServer::start(io_, socket(),
                             [this, answers](const std::string& request, const ControlPeer& peer,
                                             ControlServer::Reply reply) {
                               if (answers == Answers::never)
                                 return unanswered_.push_back(std::move(reply));
                               reply("{\"got\":" + std::to_string(request.size()) +
                                     ",\"user\":" + std::to_string(peer.user_id) + "}");
                             });
    REQUIRE(started);
    server_ = std::move(*started);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~EchoServer() {
    io_.stop();
    thread_.join();
    server_.reset();
    std::filesystem::remove_all(directory_);
  }
  std::filesystem::path socket() const { return directory_ / "control.sock"; }

 private:
  std::filesystem::path directory_;
  asio::io_context io_{1};
  std::vector<ControlServer::Reply> unanswered_;  // on the io thread; each holds a socket of io_
  std::unique_ptr<ControlServer> server_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("the control socket answers a request and knows who asks", "[control]") {
  const EchoServer server;
  const auto answer = ask_agent(server.socket(), R"({"request":"x"})", 5s);
  REQUIRE(answer);
  CHECK(*answer == R"({"got":15,"user":)" + std::to_string(getuid()) + "}");
  struct stat facts {};
  REQUIRE(stat(server.socket().c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0660);
}

TEST_CASE("a request beyond 4 MiB is hung up on, others go on", "[control]") {
  const EchoServer server;
  CHECK_FALSE(ask_agent(server.socket(), std::string(5 << 20, 'x'), 5s));
  CHECK(ask_agent(server.socket(), "{}", 5s));
}

TEST_CASE("more connections than allowed are closed, not queued", "[control]") {
  const EchoServer server;
  asio::io_context io;
  std::vector<asio::local::stream_protocol::socket> idle;
  for (int i = 0; i < 16; ++i) {
    idle.emplace_back(io).connect(asio::local::stream_protocol::endpoint(server.socket().string()));
    // Asked once, so that each is known to have been accepted.
    asio::write(idle.back(), asio::buffer(std::string("{}\n")));
    std::array<char, 64> answer{};
    REQUIRE(idle.back().read_some(asio::buffer(answer)) > 0);
  }
  CHECK_FALSE(ask_agent(server.socket(), "{}", 5s));
  idle.clear();
  bool again = false;
  for (int i = 0; i < 100 && !again; ++i)
    again = static_cast<bool>(ask_agent(server.socket(), "{}", 5s));
  CHECK(again);
}

TEST_CASE("a socket file left behind is replaced, a living one is not", "[control]") {
  const EchoServer server;
  asio::io_context io;
  const auto second = ControlServer::start(io, server.socket(), {});
  REQUIRE_FALSE(second);
  CHECK_THAT(second.error().message, Catch::Contains("another agent listens there"));

  const auto left_behind = server.socket().parent_path() / "old.sock";
  {
    asio::local::stream_protocol::acceptor acceptor(
        io, asio::local::stream_protocol::endpoint(left_behind.string()));
  }
  CHECK(ControlServer::start(io, left_behind, {}));
}

TEST_CASE("without an agent the client says so and where it looked", "[control]") {
  const auto answer = ask_agent("/nonexistent/control.sock", "{}", 1s);
  REQUIRE_FALSE(answer);
  CHECK_THAT(answer.error().reason, Catch::Contains("/nonexistent/control.sock"));
}

TEST_CASE("an agent that says nothing is given up on in time, and known to be there", "[control]") {
  EchoServer server(EchoServer::Answers::never);
  const auto begun = std::chrono::steady_clock::now();
  const auto answer = ask_agent(server.socket(), "{}", 1s);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().runs);
  CHECK_THAT(answer.error().reason, Catch::Contains("not answered within 1 s"));
  CHECK(std::chrono::steady_clock::now() - begun < 5s);
  const auto nobody = ask_agent("/nonexistent/control.sock", "{}", 1s);
  CHECK_FALSE(nobody.error().runs);
}
