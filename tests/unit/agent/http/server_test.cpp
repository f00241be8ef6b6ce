#include "agent/http/server.h"

#include <catch2/catch.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include "tests/support/io_thread.h"
#include "tests/support/raw_client.h"

using namespace storeward;
using namespace storeward::http;
using storeward::testing::body_of;
using storeward::testing::IoThread;
using storeward::testing::RawClient;
using storeward::testing::status_of;

namespace {

// Answers every request with its method, path and the size of its body.
class EchoServer {
 public:
  explicit EchoServer(HttpServerOptions options = {}) {
    server_ = io_.run([&] {
      return std::move(
          *HttpServer::start(io_.io(), options, [](const HttpRequest& request, Respond respond) {
            HttpResponse response;
            response.body = std::string(request.method) + ' ' + std::string(request.path) + ' ' +
                            std::to_string(request.body.size());
            respond(std::move(response));
          }));
    });
  }
  ~EchoServer() {
    io_.run([&] { server_.reset(); });
  }
  std::uint16_t port() { return server_->port(); }
  HttpServer& server() { return *server_; }
  IoThread& io() { return io_; }

 private:
  IoThread io_;
  std::unique_ptr<HttpServer> server_;
};

constexpr std::string_view get = "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n";

}  // namespace

TEST_CASE("a request gets its answer and the connection stays for the next", "[http]") {
  EchoServer server;
  RawClient client(server.port());
  for (int i = 0; i < 3; ++i) CHECK(body_of(client.exchange(get)) == "GET /a 0");
  CHECK(body_of(client.exchange("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")) ==
        "POST /p 5");
}

TEST_CASE("pipelined requests are answered one after the other", "[http]") {
  EchoServer server;
  RawClient client(server.port());
  client.send(
      "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab"
      "GET /3 HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(body_of(client.receive()) == "GET /1 0");
  CHECK(body_of(client.receive()) == "POST /2 2");
  CHECK(body_of(client.receive()) == "GET /3 0");
}

TEST_CASE("a chunked body arrives whole", "[http]") {
  EchoServer server;
  RawClient client(server.port());
  CHECK(body_of(client.exchange("POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                                "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n")) == "POST /c 13");
  CHECK(body_of(client.exchange(get)) == "GET /a 0");
}

TEST_CASE("a request may come byte by byte", "[http]") {
  EchoServer server;
  RawClient client(server.port());
  for (const char c : get) client.send({&c, 1});
  CHECK(body_of(client.receive()) == "GET /a 0");
}

TEST_CASE("the answer to HEAD has the length and no body", "[http]") {
  EchoServer server;
  RawClient client(server.port());
  client.send("HEAD /h HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string answer = client.receive_all();
  CHECK(answer.find("Content-Length: 9\r\n") != std::string::npos);
  CHECK(body_of(answer).empty());
  CHECK(client.closed());
}

TEST_CASE("a client that waits for 100 Continue gets it", "[http]") {
  EchoServer server;
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  CHECK(status_of(client.receive()) == 100);
  client.send("abc");
  CHECK(body_of(client.receive()) == "POST / 3");
}

TEST_CASE("what is badly framed is answered with 400 and the connection closed", "[http]") {
  EchoServer server;
  for (const std::string_view bytes :
       {"GET / HTTP/1.1\nHost: x\n\n", "GET / HTTP/1.1\r\n\r\n", "nonsense\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: "
        "chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"}) {
    RawClient client(server.port());
    client.send(bytes);
    const std::string answer = client.receive_all();
    INFO(bytes);
    CHECK(status_of(answer) == 400);
    CHECK(answer.find("Connection: close\r\n") != std::string::npos);
    CHECK(body_of(answer).starts_with(R"({"error":")"));
    CHECK(client.closed());
  }
}

TEST_CASE("a smuggled second request is never answered", "[http][F33]") {
  EchoServer server;
  RawClient client(server.port());
  client.send(
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n"
      "0\r\n\r\nGET /secret HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string answers = client.receive_all();
  CHECK(status_of(answers) == 400);
  CHECK(answers.find("/secret") == std::string::npos);
}

TEST_CASE("after an answered request a bad one is refused and the first answer stands", "[http]") {
  EchoServer server;
  RawClient client(server.port());
  client.send(std::string(get) + "GET / HTTP/1.1\nHost: x\n\n");
  CHECK(body_of(client.receive()) == "GET /a 0");
  CHECK(status_of(client.receive()) == 400);
}

TEST_CASE("a client still sending sees that its body is too large", "[http]") {
  EchoServer server({.max_body_bytes = 1000});
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n");
  const std::string block(100'000, 'a');
  for (int i = 0; i < 40; ++i) client.send(block);
  CHECK(status_of(client.receive()) == 413);
  RawClient chunked(server.port());
  chunked.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 100; ++i) chunked.send("186a0\r\n" + block + "\r\n");
  CHECK(status_of(chunked.receive()) == 413);
}

TEST_CASE("headers and addresses beyond the limits get 431 and 414", "[http][F32]") {
  EchoServer server;
  RawClient header(server.port());
  CHECK(status_of(header.exchange("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(20'000, 'a'))) ==
        431);
  RawClient address(server.port());
  CHECK(status_of(address.exchange("GET /" + std::string(20'000, 'a'))) == 414);
}

TEST_CASE("a request that drips in too slowly gets 408, others are unmoved", "[http][F32]") {
  EchoServer server({.read_timeout = Millis{300}});
  RawClient slow(server.port());
  slow.send("GET / HTTP/1.1\r\nHo");
  RawClient quick(server.port());
  CHECK(body_of(quick.exchange(get)) == "GET /a 0");
  const std::string answer = slow.receive_all();
  CHECK(status_of(answer) == 408);
  CHECK(slow.closed());
}

TEST_CASE("an idle connection is closed without a word", "[http]") {
  EchoServer server({.read_timeout = Millis{200}});
  RawClient client(server.port());
  CHECK(client.receive_all().empty());
  CHECK(client.closed());
}

TEST_CASE("at the limit of connections the silent ones make room", "[http][F32]") {
  EchoServer server({.max_connections = 8});
  RawClient proven(server.port());
  CHECK(status_of(proven.exchange(get)) == 200);
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 40; ++i) silent.push_back(std::make_unique<RawClient>(server.port()));
  RawClient newcomer(server.port());
  CHECK(status_of(newcomer.exchange(get)) == 200);
  CHECK(status_of(proven.exchange(get)) == 200);
  CHECK(silent.front()->receive_all().empty());
  CHECK(silent.front()->closed());
}

TEST_CASE("large unfinished requests share a bounded amount of memory", "[http][F32]") {
  EchoServer server({.max_buffered_bytes = 200'000});
  std::vector<std::unique_ptr<RawClient>> large;
  int refused = 0;
  for (int i = 0; i < 4; ++i) {
    large.push_back(std::make_unique<RawClient>(server.port()));
    large.back()->send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n" +
                       std::string(80'000, 'a'));
  }
  // The server has read as much as it will once it refuses somebody.
  bool one_refused = false;
  for (int i = 0; i < 500 && !one_refused; ++i) {
    for (auto& client : large) one_refused = one_refused || client->has_answer(5);
  }
  for (auto& client : large) {
    client->send(std::string(10'000, 'a'));
    refused += status_of(client->receive()) == 503;
  }
  CHECK(refused >= 1);
  CHECK(refused < 4);
  RawClient small(server.port());
  CHECK(status_of(small.exchange(get)) == 200);
}

TEST_CASE("an offer to upgrade is ignored and ends the connection", "[http]") {
  EchoServer server;
  RawClient client(server.port());
  client.send("GET /u HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  const std::string answer = client.receive_all();
  CHECK(body_of(answer) == "GET /u 0");
  CHECK(client.closed());
}

TEST_CASE("off loopback there is no server without TLS, and the error says what to do", "[http]") {
  asio::io_context io;
  for (const std::string listen : {"0.0.0.0:0", "[::]:0", "192.0.2.1:80"}) {
    const auto server =
        HttpServer::start(io, {.listen = listen}, [](const HttpRequest&, Respond) {});
    REQUIRE_FALSE(server);
    CHECK(server.error().message.find("http.tls_cert_file") != std::string::npos);
  }
}

TEST_CASE("a listen address that cannot be used is named", "[http]") {
  asio::io_context io;
  const auto message = [&io](const std::string& listen) {
    const auto server =
        HttpServer::start(io, {.listen = listen}, [](const HttpRequest&, Respond) {});
    REQUIRE_FALSE(server);
    return server.error().message;
  };
  for (const std::string listen :
       {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "till:80"}) {
    CHECK(message(listen).find("\"" + listen + "\"") != std::string::npos);
  }
  EchoServer taken;
  CHECK(message("127.0.0.1:" + std::to_string(taken.port())).find("another address or port") !=
        std::string::npos);
}

TEST_CASE("while shutting down, what is open is answered and nobody else is let in", "[http]") {
  IoThread io;
  Respond waiting;
  std::unique_ptr<HttpServer> server = io.run([&] {
    return std::move(*HttpServer::start(
        io.io(), {},
        [&waiting](const HttpRequest&, Respond respond) { waiting = std::move(respond); }));
  });
  RawClient client(server->port());
  RawClient idle(server->port());
  client.send(get);
  for (int i = 0; i < 500 && io.run([&] { return server->idle(); }); ++i) {
    std::this_thread::sleep_for(Millis{2});
  }
  const std::uint16_t port = server->port();
  io.run([&] { server->begin_shutdown(); });
  CHECK(idle.receive_all().empty());
  CHECK_THROWS(RawClient(port));
  CHECK_FALSE(io.run([&] { return server->idle(); }));
  io.run([&] { waiting({.status = 200, .body = "late"}); });
  const std::string answer = client.receive_all();
  CHECK(body_of(answer) == "late");
  CHECK(answer.find("Connection: close\r\n") != std::string::npos);
  CHECK(io.run([&] { return server->idle(); }));
  io.run([&] {
    waiting = nullptr;
    server.reset();
  });
}

TEST_CASE("an answer to a client that has left does no harm", "[http]") {
  IoThread io;
  std::vector<Respond> waiting;
  std::unique_ptr<HttpServer> server = io.run([&] {
    return std::move(
        *HttpServer::start(io.io(), {}, [&waiting](const HttpRequest&, Respond respond) {
          waiting.push_back(std::move(respond));
        }));
  });
  for (int i = 0; i < 20; ++i) RawClient(server->port()).send(get);
  for (int i = 0; i < 500 && io.run([&] { return waiting.size(); }) < 20; ++i) {
    std::this_thread::sleep_for(Millis{2});
  }
  io.run([&] {
    for (const Respond& respond : waiting) respond({.status = 200, .body = "nobody reads this"});
    waiting.clear();
  });
  RawClient client(server->port());
  client.send(get);
  for (int i = 0; i < 500 && io.run([&] { return waiting.empty(); }); ++i) {
    std::this_thread::sleep_for(Millis{2});
  }
  io.run([&] { waiting.at(0)({.status = 200, .body = "here"}); });
  CHECK(body_of(client.receive()) == "here");
  io.run([&] {
    waiting.clear();
    server.reset();
  });
}

TEST_CASE("without descriptors a newcomer is turned away at once, and later all is well",
          "[http]") {
  EchoServer server;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const int lowest_free = ::dup(0);
  ::close(lowest_free);
  const rlimit one_more{static_cast<rlim_t>(lowest_free) + 1, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &one_more) == 0);
  {
    RawClient client(server.port());  // takes the last descriptor
    client.send(get);
    client.receive_all();
    CHECK(client.closed());
  }
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  RawClient client(server.port());
  CHECK(status_of(client.exchange(get)) == 200);
}
