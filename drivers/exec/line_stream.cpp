#include "drivers/exec/line_stream.h"

#include <array>
#include <utility>

namespace storeward::exec {
namespace {

constexpr std::size_t read_bytes = 64u << 10;

}  // namespace

std::shared_ptr<LineStream> LineStream::start(Socket to, Socket from, std::size_t max_line_bytes,
                                              Events events) {
  std::shared_ptr<LineStream> made(
      new LineStream(std::move(to), std::move(from), max_line_bytes, std::move(events)));
  made->read_later();
  return made;
}

LineStream::LineStream(Socket to, Socket from, std::size_t max_line_bytes, Events events)
    : to_(std::move(to)),
      from_(std::move(from)),
      max_line_bytes_(max_line_bytes),
      events_(std::move(events)) {
  asio::error_code ignored;
  to_.non_blocking(true, ignored);
  from_.non_blocking(true, ignored);
}

void LineStream::read_later() {
  if (held_ || ended_ || closed_ || std::exchange(reading_, true)) return;
  from_.async_wait(Socket::wait_read, [self = shared_from_this()](const asio::error_code&) {
    self->reading_ = false;
    if (!self->closed_ && !self->held_) self->read();
  });
}

void LineStream::read() {
  std::array<char, read_bytes> bytes;
  asio::error_code error;
  const std::size_t size = from_.read_some(asio::buffer(bytes), error);
  bytes_.append(bytes.data(), size);
  ended_ = error && error != asio::error::would_block;
  give_out();
}

void LineStream::hold(bool held) {
  if (std::exchange(held_, held) && !held) give_out();
}

void LineStream::give_out() {
  if (std::exchange(giving_out_, true)) return;  // on_line has let go: the loop below goes on
  const auto self = shared_from_this();
  while (!held_ && !closed_ && give_out_line()) {
  }
  giving_out_ = false;
  if (held_ || closed_) return;
  if (!ended_) return read_later();
  if (!std::exchange(end_told_, true)) events_.on_end();  // half a line is nothing
}

bool LineStream::give_out_line() {
  const std::size_t end = bytes_.find('\n', scanned_);
  if (end == std::string::npos) {
    scanned_ = bytes_.size();
    if (!skipping_ && bytes_.size() > max_line_bytes_) {
      skipping_ = true;
      const std::string begin = bytes_.substr(0, max_line_bytes_);
      events_.on_line(begin, false);
    }
    if (skipping_) {
      bytes_.clear();
      scanned_ = 0;
    }
    return false;
  }
  std::string line = bytes_.substr(0, end);
  bytes_.erase(0, end + 1);
  scanned_ = 0;
  if (std::exchange(skipping_, false)) return true;
  const bool whole = line.size() <= max_line_bytes_;
  if (!whole) line.resize(max_line_bytes_);
  if (line.find_first_not_of(" \t\r") != std::string::npos) events_.on_line(line, whole);
  return true;
}

void LineStream::send(std::string line) {
  if (closed_ || ending_) return;
  waiting_ += line;
  if (!write_pending_ && !unheard_) write();
}

void LineStream::write() {
  asio::error_code error;
  while (waiting_bytes() > 0 && !error) {
    written_ += to_.write_some(asio::buffer(waiting_) + written_, error);
  }
  if (error == asio::error::would_block) return write_later();
  // What waits then stays unread, and whoever sends sees that.
  unheard_ = static_cast<bool>(error);
  if (!unheard_) {
    waiting_.clear();
    written_ = 0;
  }
  if (ending_) to_.shutdown(Socket::shutdown_send, error);
}

void LineStream::write_later() {
  waiting_.erase(0, written_);
  written_ = 0;
  if (std::exchange(write_pending_, true)) return;
  to_.async_wait(Socket::wait_write, [self = shared_from_this()](const asio::error_code&) {
    self->write_pending_ = false;
    if (self->closed_) return;
    self->write();
    self->events_.on_room();
  });
}

void LineStream::end_writing() {
  if (closed_ || std::exchange(ending_, true)) return;
  if (!write_pending_) write();
}

void LineStream::close() {
  closed_ = true;
  asio::error_code ignored;
  to_.close(ignored);
  from_.close(ignored);
}

}  // namespace storeward::exec
