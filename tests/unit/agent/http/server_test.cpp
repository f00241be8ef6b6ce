#include "agent/http/server.h"

#include <catch2/catch.hpp>

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
