#include "drivers/exec/program_run.h"

#include <asio/post.hpp>

#include <utility>

#include "agent/base/seconds_text.h"

namespace storeward::exec {
namespace {

constexpr Millis end_patience{1'000};      // of one that is of no use any more
constexpr Millis finish_patience{3'000};   // of one that is to come to its end
constexpr Millis drain_patience{1'000};    // a child of its own may keep its output open
constexpr Millis closing_patience{2'000};  // its end may be all that is left to do
constexpr int silence_looks = 10;          // within the limit

std::string explain(const ChildExit& exit, const std::string& last_words) {
  if (exit.signal == 0 && exit.code == ChildExit::not_started) {
    return "the program cannot be executed" + (last_words.empty() ? "" : ": " + last_words);
  }
  return "the program ended (" + to_text(exit) + ")" +
         (last_words.empty() ? "" : "; its last words: " + last_words);
}

}  // namespace

Result<std::unique_ptr<ProgramRun>> ProgramRun::start(asio::io_context& io,
                                                      const std::string& driver, RunOptions options,
                                                      Events events) {
  options.program.own_output = true;
  std::unique_ptr<ProgramRun> run(new ProgramRun(io, std::move(options), std::move(events)));
  auto child =
      ChildProcess::start(io, run->options_.program,
                          [self = run.get()](const ChildExit& exit) { self->on_exit(exit); });
  if (!child) return Unexpected{child.error()};
  run->child_ = std::move(*child);
  run->errors_ = ErrorLines::start(std::move(run->child_->errors()), driver);
  run->lines_ =
      LineStream::start(std::move(run->child_->stream()), std::move(run->child_->output()),
                        run->options_.max_line_bytes,
                        {.on_line = [self = run.get()](std::string_view line,
                                                       bool whole) { self->on_line(line, whole); },
                         .on_room = [self = run.get()] { self->events_.on_room(); },
                         .on_end = [self = run.get()] { self->on_output_end(); }});
  run->listen_for_silence();
  return run;
}

ProgramRun::ProgramRun(asio::io_context& io, RunOptions options, Events events)
    : options_(std::move(options)),
      events_(std::move(events)),
      silence_(io),
      last_lines_(io),
      closing_(io) {}

ProgramRun::~ProgramRun() {
  if (lines_) lines_->close();
  if (errors_) errors_->close();
}

void ProgramRun::on_line(std::string_view line, bool whole) {
  heard_ = true;
  silent_for_ = half_line_for_ = Millis{0};
  if (listening_) events_.on_line(line, whole);
}

void ProgramRun::on_output_end() {
  drained_ = true;
  over_if_done();
  if (exited_ || !listening_) return;
  closing_.expires_after(closing_patience);
  closing_.async_wait([this, alive = std::weak_ptr<const bool>(alive_)](
                          const asio::error_code& cancelled) {
    if (cancelled || alive.expired() || exited_) return;
    end("the program closed its standard output and went on, so that nothing more could come of "
        "it; it was ended");
  });
}

void ProgramRun::hold(bool held) {
  const bool let_go = std::exchange(held_, held) && !held;
  if (let_go) await_last_lines();
  lines_->hold(held && listening_);
}

void ProgramRun::end(std::string why) {
  if (!std::exchange(listening_, false)) return;
  why_ = std::move(why);
  stop_listening();
  child_->terminate(end_patience);
}

void ProgramRun::finish() {
  if (!std::exchange(listening_, false)) return;
  why_ = "the agent ends";
  stop_listening();
  lines_->end_writing();
  child_->terminate(finish_patience);
}

void ProgramRun::stop_listening() {
  lines_->hold(false);
  await_last_lines();
}

void ProgramRun::on_exit(const ChildExit& exit) {
  exited_ = true;
  errors_->close();
  orderly_ = listening_ && exit.signal == 0 && exit.code == 0;
  if (why_.empty()) why_ = explain(exit, errors_->last_words());
  silence_.cancel();
  closing_.cancel();
  await_last_lines();
  over_if_done();
}

// Of a program that has ended.
void ProgramRun::await_last_lines() {
  if (!exited_ || over_) return;
  last_lines_.expires_after(drain_patience);
  last_lines_.async_wait(
      [this, alive = std::weak_ptr<const bool>(alive_)](const asio::error_code& cancelled) {
        if (cancelled || alive.expired()) return;
        if (held_ && listening_) return;  // they are awaited again once there is room
        drained_ = true;
        over_if_done();
      });
}

// Never from within a call of whoever listens.
void ProgramRun::over_if_done() {
  if (!exited_ || !drained_ || std::exchange(over_, true)) return;
  last_lines_.cancel();
  if (listening_ && lines_->has_half_line()) {
    orderly_ = false;
    why_ += "; its last line has no line feed at its end, and was not taken";
  }
  asio::post(silence_.get_executor(), [this, alive = std::weak_ptr<const bool>(alive_)] {
    if (alive.expired()) return;
    const auto on_over = events_.on_over;
    const RunEnd end{why_, orderly_};
    on_over(end);  // this may be gone now
  });
}

// In looks and not by the clock: after a stop of both processes the lines are still to be read.
void ProgramRun::listen_for_silence() {
  const Millis limit = heard_ ? options_.silence_timeout : options_.start_timeout;
  const Millis interval = limit.count() == 0 ? Millis{1'000} : limit / silence_looks;
  silence_.expires_after(interval);
  silence_.async_wait([this, limit, interval, alive = std::weak_ptr<const bool>(alive_)](
                          const asio::error_code& cancelled) {
    if (cancelled || alive.expired() || !listening_) return;
    silent_for_ = held_ || waits_ ? Millis{0} : silent_for_ + interval;
    half_line_for_ = !held_ && lines_->has_half_line() ? half_line_for_ + interval : Millis{0};
    if (limit.count() == 0 || silent_for_ <= limit) return listen_for_silence();
    end(heard_ ? "the program has said nothing for " + seconds_text(limit) + "; it was ended"
               : "the program has not begun within " + seconds_text(limit) + "; it was ended");
  });
}

}  // namespace storeward::exec
