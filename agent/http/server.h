// HttpServer: HTTP/1.1 on one port, plain on loopback or with TLS. The only user of RESTinio;
// nothing of it shows here.
//
// Owned by the io thread, on which everything happens: handlers, answers, reload. Nothing blocks.
//
// What a client can rely on
//  - Keep-alive; one request at a time per connection (pipelined ones wait their turn).
//  - Every refusal has an answer: 400 (framing, smuggling), 408 (slow), 413, 414, 417, 431, 501,
//  505,
//    each with the connection closed after it, and drained (8 MiB, 2 s at most) so that a client
//    still sending sees the answer. Closed without an answer: a connection idle for read_timeout, a
//    TLS handshake that fails or is not over by then, a client that does not read its answer, and,
//    at max_connections, the connection that has been idle longest, to make room.
//  - Without descriptors (EMFILE) a newcomer is closed at once and accepting pauses for a moment.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "agent/http/message.h"

namespace asio {
class io_context;
}

namespace storeward::http {

struct HttpServerOptions {
  std::string listen = "127.0.0.1:0";   // IP:PORT, [IPv6]:PORT or localhost:PORT; port 0: any
  std::filesystem::path tls_cert_file;  // PEM, with its chain; both empty: no TLS
  std::filesystem::path tls_key_file;
  std::string config_section = "http";  // named in error messages
  std::size_t max_body_bytes = 1u << 20;
  std::size_t max_header_bytes = 16 * 1024;  // request line and fields together
  std::size_t max_header_fields = 64;
  std::size_t max_connections = 1000;
  std::size_t max_buffered_bytes = 64u << 20;  // of unfinished requests, all connections together
  Millis read_timeout{10'000};                 // for a whole request, and for idling between two
  Millis write_timeout{10'000};
  Millis answer_timeout{120'000};  // from a request to respond()
};

class HttpServer {
 public:
  using Handler = std::function<void(const HttpRequest&, Respond)>;

  // Listens at once. Fails, with what to do about it: a bad address, a port in use, an address off
  // loopback without TLS, a certificate or key that cannot be used.
  static Result<std::unique_ptr<HttpServer>> start(asio::io_context& io, HttpServerOptions options,
                                                   Handler handler);
  ~HttpServer();  // closes everything; answers given later go nowhere

  std::uint16_t port() const;

  // Reads certificate and key again. On failure the old pair stays and the reason is returned;
  // connections that stand keep what they began with. Without TLS: nothing to do.
  Result<void> reload();

  // When the certificate in use expires; none without TLS.
  std::optional<WallTime> certificate_expires() const;

  // Accepts nobody any more, closes idle connections, and every answer from now on ends its
  // connection. Requests already here are still answered.
  void begin_shutdown();
  bool idle() const;  // no request waits for its answer

 private:
  struct State;
  explicit HttpServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace storeward::http
