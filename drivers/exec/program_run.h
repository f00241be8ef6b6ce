// ProgramRun: one life of a driver's program, from its start to its end. io thread.
//
// Invariant: on_over comes exactly once, after all that the program has printed has been given out,
// unless the ProgramRun is destroyed before; that kills the program.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/process/child_process.h"
#include "drivers/exec/error_lines.h"
#include "drivers/exec/line_stream.h"

namespace storeward::exec {

struct RunOptions {
  ChildProgram program;
  std::size_t max_line_bytes = 256 * 1024;
  Millis start_timeout{0};    // until its first line; 0: any time
  Millis silence_timeout{0};  // between two lines; 0: any time
};

struct RunEnd {
  std::string why;       // in plain words
  bool orderly = false;  // it came to its end by itself, exit code 0
};

class ProgramRun {
 public:
  struct Events {
    std::function<void(std::string_view line, bool whole)> on_line;
    std::function<void()> on_room;
    std::function<void(const RunEnd& end)> on_over;  // may destroy the ProgramRun
  };

  static Result<std::unique_ptr<ProgramRun>> start(asio::io_context& io, const std::string& driver,
                                                   RunOptions options, Events events);
  ~ProgramRun();

  void send(std::string line) { lines_->send(std::move(line)); }
  std::size_t waiting_bytes() const { return lines_->waiting_bytes(); }
  // A program that is not listened to, or that waits for an answer, is not silent. What it has
  // printed before its end waits until it is no longer held.
  void hold(bool held);
  void let_wait(bool waits) { waits_ = waits; }
  // How long a line without its end has been lying there, with nothing behind it.
  Millis half_line_for() const { return half_line_for_; }

  // It does not keep to the protocol or hangs: nothing of it is listened to any more.
  void end(std::string why);
  // Politely: nothing more is listened to, what waits is written, its input ends, SIGTERM, at last
  // SIGKILL.
  void finish();

 private:
  ProgramRun(asio::io_context& io, RunOptions options, Events events);

  void on_line(std::string_view line, bool whole);
  void on_output_end();
  void stop_listening();
  void on_exit(const ChildExit& exit);
  void await_last_lines();
  void over_if_done();
  void listen_for_silence();

  const RunOptions options_;
  const Events events_;
  std::unique_ptr<ChildProcess> child_;
  std::shared_ptr<LineStream> lines_;
  std::shared_ptr<ErrorLines> errors_;
  asio::steady_timer silence_, last_lines_, closing_;
  Millis silent_for_{0}, half_line_for_{0};
  bool heard_ = false, held_ = false, waits_ = false, listening_ = true;
  bool exited_ = false, drained_ = false, over_ = false, orderly_ = false;
  std::string why_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);  // for late handlers
};

}  // namespace storeward::exec
