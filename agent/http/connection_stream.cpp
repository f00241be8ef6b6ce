#include "agent/http/connection_stream.h"

#include <asio/steady_timer.hpp>
#include <asio/write.hpp>

#include <array>
#include <chrono>

namespace storeward::http {
namespace {

constexpr std::size_t max_drained_bytes = 8u << 20;
constexpr std::chrono::seconds max_drain_time{2};

class Lingering : public std::enable_shared_from_this<Lingering> {
 public:
  Lingering(std::shared_ptr<ConnectionStream> stream, std::string answer)
      : stream_(std::move(stream)),
        answer_(std::move(answer)),
        deadline_(stream_->get_executor()) {}

  void begin() {
    deadline_.expires_after(max_drain_time);
    deadline_.async_wait([self = shared_from_this()](const asio::error_code& error) {
      if (!error) self->stream_->close();
    });
    asio::async_write(*stream_, asio::buffer(answer_),
                      [self = shared_from_this()](const asio::error_code& error, std::size_t) {
                        error ? self->end() : self->half_close();
                      });
  }

 private:
  void half_close() {
    asio::error_code ignored;
    stream_->tcp().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    drain();
  }

  void drain() {
    stream_->tcp().async_read_some(
        asio::buffer(waste_),
        [self = shared_from_this()](const asio::error_code& error, std::size_t length) {
          self->drained_bytes_ += length;
          if (error || self->drained_bytes_ > max_drained_bytes) {
            self->end();
          } else {
            self->drain();
          }
        });
  }

  void end() {
    deadline_.cancel();
    stream_->close();
  }

  std::shared_ptr<ConnectionStream> stream_;
  std::string answer_;
  asio::steady_timer deadline_;
  std::array<char, 16 * 1024> waste_;
  std::size_t drained_bytes_ = 0;
};

}  // namespace

void send_aside(std::shared_ptr<ConnectionStream> stream, std::string bytes) {
  const auto kept = std::make_shared<const std::string>(std::move(bytes));
  asio::async_write(*stream, asio::buffer(*kept),
                    [stream, kept](const asio::error_code&, std::size_t) {});
}

void send_and_linger(std::shared_ptr<ConnectionStream> stream, std::string answer) {
  std::make_shared<Lingering>(std::move(stream), std::move(answer))->begin();
}

}  // namespace storeward::http
