// The bytes of one connection, with or without TLS, and the polite end of a refused one.
// Owned by the io thread; shared by whoever has an operation running on it (an asio SSL stream must
// outlive its operations).
#pragma once

#include <asio/ip/tcp.hpp>
#include <asio/ssl/stream.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace storeward::http {

class ConnectionStream {
 public:
  // `slot` is what this connection occupies among max_connections; given back with the last owner.
  ConnectionStream(asio::ip::tcp::socket socket, std::shared_ptr<asio::ssl::context> tls,
                   std::shared_ptr<void> slot)
      : slot_(std::move(slot)), context_(std::move(tls)), tcp_(std::move(socket)) {
    if (context_) tls_.emplace(tcp_, *context_);
  }

  asio::ip::tcp::socket& tcp() { return tcp_; }
  bool is_tls() const { return tls_.has_value(); }

  template <typename Callback>
  void async_handshake(Callback&& callback) {
    tls_->async_handshake(asio::ssl::stream_base::server, std::forward<Callback>(callback));
  }

  template <typename Buffers, typename Callback>
  void async_read_some(const Buffers& buffers, Callback&& callback) {
    if (tls_) {
      tls_->async_read_some(buffers, std::forward<Callback>(callback));
    } else {
      tcp_.async_read_some(buffers, std::forward<Callback>(callback));
    }
  }

  template <typename Buffers, typename Callback>
  void async_write_some(const Buffers& buffers, Callback&& callback) {
    if (tls_) {
      tls_->async_write_some(buffers, std::forward<Callback>(callback));
    } else {
      tcp_.async_write_some(buffers, std::forward<Callback>(callback));
    }
  }

  using executor_type = asio::ip::tcp::socket::executor_type;
  executor_type get_executor() { return tcp_.get_executor(); }

  void close() {
    asio::error_code ignored;
    tcp_.close(ignored);
  }

 private:
  std::shared_ptr<void> slot_;
  std::shared_ptr<asio::ssl::context> context_;
  asio::ip::tcp::socket tcp_;
  std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
};

// Sends `bytes` beside whatever else is going on; a failure shows at the next read.
void send_aside(std::shared_ptr<ConnectionStream> stream, std::string bytes);

// Sends the last answer, then reads on and throws away (8 MiB or 2 s at most) before closing:
// closing with unread input makes the kernel reset the connection, and the client loses the answer.
void send_and_linger(std::shared_ptr<ConnectionStream> stream, std::string answer);

}  // namespace storeward::http
