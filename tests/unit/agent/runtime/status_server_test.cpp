#include "agent/runtime/status_server.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/io_thread.h"
#include "tests/support/raw_client.h"

using namespace storeward;
using storeward::testing::body_of;
using storeward::testing::IoThread;
using storeward::testing::RawClient;
using storeward::testing::status_of;

namespace {

class TestStatus {
 public:
  TestStatus() {
    server_ = io_.run([&] {
      const StatusServerOptions options{.listen = "127.0.0.1:0",
                                        .host_names = {"box.shop.example"}};
      return std::move(*StatusServer::start(
          io_.io(), options,
          [] {
            AgentStatus status;
            status.site = "store-0042";
            return status;
          },
          [this] { return ready; }));
    });
  }
  ~TestStatus() {
    io_.run([&] { server_.reset(); });
  }
  std::string get(std::string_view path, std::string_view host = "localhost:8480",
                  std::string_view more = "") {
    return request("GET", path, host, more);
  }
  std::string request(std::string_view method, std::string_view path,
                      std::string_view host = "localhost:8480", std::string_view more = "") {
    RawClient client(server_->port());
    return client.exchange(std::string(method) + ' ' + std::string(path) + " HTTP/1.1\r\nHost: " +
                           std::string(host) + "\r\n" + std::string(more) + "\r\n");
  }
  IoThread& io() { return io_; }
  bool ready = true;

 private:
  IoThread io_;
  std::unique_ptr<StatusServer> server_;
};

}  // namespace

TEST_CASE("the status is there as JSON, as metrics and as a page", "[status]") {
  TestStatus status;
  CHECK(nlohmann::json::parse(body_of(status.get("/status.json")))["site"] == "store-0042");
  CHECK(status.get("/metrics").find("storeward_stream_waiting{stream=\"sales\"} 0") !=
        std::string::npos);
  CHECK(status.get("/").find("Content-Type: text/html; charset=utf-8\r\n") != std::string::npos);
  for (const std::string_view file :
       {"/app.js", "/words.js", "/style.css", "/icon.svg", "/preact.js"}) {
    CHECK(status_of(status.get(file)) == 200);
  }
  CHECK(status_of(status.get("/../etc/passwd")) == 404);
}

TEST_CASE("the page refers to nothing that is not embedded", "[status]") {
  TestStatus status;
  for (const std::string_view file : {"/", "/app.js", "/words.js", "/style.css"}) {
    const std::string text = body_of(status.get(file));
    CHECK(text.find("http://") == std::string::npos);
    CHECK(text.find("https://") == std::string::npos);
    CHECK(text.find("style=\"") == std::string::npos);
  }
}

TEST_CASE("readiness follows whether deliveries are accepted, health only the process",
          "[status]") {
  TestStatus status;
  CHECK(status_of(status.get("/readyz")) == 200);
  status.io().run([&] { status.ready = false; });
  CHECK(status_of(status.get("/readyz")) == 503);
  CHECK(status_of(status.get("/healthz")) == 200);
}

TEST_CASE("a name that is not this machine's is refused", "[status][F35]") {
  TestStatus status;
  for (const std::string_view host :
       {"localhost", "127.0.0.1:8480", "[::1]:8480", "box.shop.example:8480"}) {
    CHECK(status_of(status.get("/status.json", host)) == 200);
  }
  for (const std::string_view host :
       {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8480",
        "evil.example:localhost", ""}) {
    INFO(host);
    CHECK(status_of(status.get("/status.json", host)) == 421);
  }
}

TEST_CASE("a page of another site gets nothing", "[status]") {
  TestStatus status;
  CHECK(status_of(status.get("/status.json", "localhost:8480",
                             "Origin: http://localhost:8480\r\n")) == 200);
  for (const std::string_view origin : {"Origin: https://evil.example\r\n", "Origin: null\r\n",
                                        "Origin: http://localhost:9999\r\n"}) {
    const std::string answer = status.get("/status.json", "localhost:8480", origin);
    CHECK(status_of(answer) == 403);
    CHECK(answer.find("Access-Control-Allow") == std::string::npos);
  }
}

TEST_CASE("every answer carries the headers that keep a browser in check", "[status]") {
  TestStatus status;
  for (const std::string_view path : {"/", "/status.json", "/metrics", "/nothing"}) {
    const std::string answer = status.get(path);
    CHECK(answer.find("X-Content-Type-Options: nosniff\r\n") != std::string::npos);
    CHECK(answer.find("Cache-Control: no-store\r\n") != std::string::npos);
    CHECK(answer.find("frame-ancestors 'none'") != std::string::npos);
    CHECK(answer.find("unsafe-inline") == std::string::npos);
  }
}

TEST_CASE("the status can only be read", "[status]") {
  TestStatus status;
  for (const std::string_view method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
    const std::string answer = status.request(method, "/status.json");
    CHECK(status_of(answer) == 405);
    CHECK(answer.find("Allow: GET, HEAD\r\n") != std::string::npos);
  }
}
