#include "drivers/exec/error_lines.h"

#include <asio/buffer.hpp>

#include <array>
#include <utility>

#include "agent/base/log.h"
#include "drivers/exec/said.h"

namespace storeward::exec {

std::shared_ptr<ErrorLines> ErrorLines::start(asio::posix::stream_descriptor errors,
                                              std::string driver) {
  std::shared_ptr<ErrorLines> made(new ErrorLines(std::move(errors), std::move(driver)));
  asio::error_code ignored;
  made->errors_.non_blocking(true, ignored);
  made->read_later();
  return made;
}

ErrorLines::ErrorLines(asio::posix::stream_descriptor errors, std::string driver)
    : errors_(std::move(errors)), window_(errors_.get_executor()), driver_(std::move(driver)) {}

void ErrorLines::read_later() {
  errors_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](const asio::error_code& error) {
                       if (!error && !self->closed_ && self->read()) self->read_later();
                     });
}

// False: nothing comes any more.
bool ErrorLines::read() {
  std::array<char, 4096> bytes;
  asio::error_code error;
  take({bytes.data(), errors_.read_some(asio::buffer(bytes), error)});
  return !error || error == asio::error::would_block;
}

void ErrorLines::take(std::string_view bytes) {
  for (const char c : bytes) {
    if (c == '\n') {
      log_line();
    } else if (line_.size() < longest_line + beyond_cut) {
      line_ += c;
    }
  }
}

void ErrorLines::log_line() {
  std::string line = shown(std::exchange(line_, {}), longest_line);
  if (line.empty()) return;
  last_ = line;
  if (logged_ == most_lines) {
    ++left_out_;
    return;
  }
  log::warn("driver {}: its program says: {}", driver_, line);
  if (logged_++ != 0) return;
  window_.expires_after(window);
  window_.async_wait([self = shared_from_this()](const asio::error_code&) {
    if (self->left_out_ > 0) {
      log::warn("driver {}: its program said {} lines more", self->driver_, self->left_out_);
    }
    self->logged_ = self->left_out_ = 0;
  });
}

void ErrorLines::close() {
  if (closed_) return;
  read();  // its last words
  if (!line_.empty()) log_line();
  closed_ = true;
  window_.cancel();
  asio::error_code ignored;
  errors_.close(ignored);
}

}  // namespace storeward::exec
