// ErrorLines: what a program writes to its standard error -> the log, masked. io thread; shared
// with its own handlers, which may come late.
//
// Invariants: at most most_lines are logged in a window, each masked and then cut at longest_line;
// what is left out is counted. The program never waits for the log.
#pragma once

#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>

#include <memory>
#include <string>

namespace storeward::exec {

class ErrorLines : public std::enable_shared_from_this<ErrorLines> {
 public:
  static constexpr std::size_t longest_line = 500, most_lines = 20;
  static constexpr std::chrono::seconds window{10};

  static std::shared_ptr<ErrorLines> start(asio::posix::stream_descriptor errors,
                                           std::string driver);

  const std::string& last_words() const { return last_; }  // masked; the last line that came
  void close();

 private:
  ErrorLines(asio::posix::stream_descriptor errors, std::string driver);

  void read_later();
  bool read();
  void take(std::string_view bytes);
  void log_line();

  asio::posix::stream_descriptor errors_;
  asio::steady_timer window_;
  const std::string driver_;
  std::string line_, last_;
  std::size_t logged_ = 0, left_out_ = 0;
  bool closed_ = false;
};

}  // namespace storeward::exec
