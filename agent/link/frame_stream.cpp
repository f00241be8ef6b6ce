#include "agent/link/frame_stream.h"

#include <poll.h>
#include <asio/buffer.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace storeward {
namespace {

constexpr std::size_t read_bytes = 64u << 10;

std::array<asio::const_buffer, 2> from(const LinkFrame& frame, std::size_t offset) {
  const std::size_t of_head = std::min(offset, frame.head.size());
  std::array<asio::const_buffer, 2> parts{asio::buffer(frame.head) + of_head, {}};
  if (frame.rest) parts[1] = asio::buffer(*frame.rest) + (offset - of_head);
  return parts;
}

}  // namespace

std::shared_ptr<FrameStream> FrameStream::start(Socket socket, Events events) {
  std::shared_ptr<FrameStream> made(new FrameStream(std::move(socket), std::move(events)));
  made->read_later();
  return made;
}

FrameStream::FrameStream(Socket socket, Events events)
    : socket_(std::move(socket)), events_(std::move(events)) {
  asio::error_code ignored;
  socket_.non_blocking(true, ignored);
}

void FrameStream::read_later() {
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const asio::error_code& error) {
    if (self->closed_) return;
    if (error) return self->end(error.message());
    self->read();
  });
}

void FrameStream::read() {
  std::array<char, read_bytes> bytes;
  asio::error_code error;
  const std::size_t size = socket_.read_some(asio::buffer(bytes), error);
  // Reset: it has ended without reading all that we wrote.
  if (error == asio::error::eof || error == asio::error::connection_reset) return end("");
  if (error && error != asio::error::would_block) return end(error.message());
  reader_.add({bytes.data(), size});
  if (give_out()) read_later();
}

bool FrameStream::give_out() {
  while (!closed_) {
    const auto body = reader_.next();
    if (!body) {
      end(body.error().message);
      return false;
    }
    if (!*body) return true;
    events_.on_frame(**body);
  }
  return false;
}

void FrameStream::send(LinkFrame frame) {
  if (closed_) return;
  waiting_bytes_ += frame.size();
  waiting_.push_back(std::move(frame));
  if (!write_pending_) write();
}

void FrameStream::write() {
  asio::error_code error;
  while (!waiting_.empty() && !error) {
    written_ += socket_.write_some(from(waiting_.front(), written_), error);
    if (written_ < waiting_.front().size()) continue;
    waiting_bytes_ -= waiting_.front().size();
    waiting_.pop_front();
    written_ = 0;
  }
  // Any other error is one that reading meets as well, and tells.
  if (error != asio::error::would_block || std::exchange(write_pending_, true)) return;
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const asio::error_code&) {
    self->write_pending_ = false;
    if (!self->closed_) self->write();
  });
}

void FrameStream::end(const std::string& why) {
  close();
  events_.on_end(why);
}

void FrameStream::close() {
  closed_ = true;
  waiting_.clear();
  waiting_bytes_ = 0;
  asio::error_code ignored;
  socket_.close(ignored);
}

void FrameStream::finish(Millis patience) {
  if (closed_) return;
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    write();
    const auto left =
        std::chrono::duration_cast<Millis>(until - std::chrono::steady_clock::now()).count();
    if (waiting_.empty() || left <= 0) break;
    pollfd ready{socket_.native_handle(), POLLOUT, 0};
    if (::poll(&ready, 1, static_cast<int>(left)) > 0 && (ready.revents & POLLOUT) == 0) break;
  }
  asio::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

}  // namespace storeward
