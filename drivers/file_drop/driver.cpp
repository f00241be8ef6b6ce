#include "drivers/file_drop/driver.h"

#include <pthread.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "agent/base/log.h"
#include "drivers/file_drop/agent_line.h"
#include "drivers/file_drop/drop_loop.h"

namespace storeward::file_drop {
namespace {

constexpr Millis end_limit{1'000};

DropLoop::Options loop_options(const FileDropOptions& given, std::shared_ptr<const FeedPlan> plan) {
  DropLoop::Options options{.directory = given.directory,
                            .share = given.share,
                            .poll = given.poll,
                            .settle = given.settle,
                            .keep_days = given.keep_days};
  options.taking.reading.plan = std::move(plan);
  options.taking.reading.remember_days = std::max(given.keep_days, remembered_days);
  options.taking.keep_copy = given.keep_copy;
  options.taking.marker = given.share.own().marker;
  options.taking.answer_directory = given.answer_directory;
  return options;
}

class FileDrop final : public Driver {
 public:
  FileDrop(FileDropOptions options, std::shared_ptr<const FeedPlan> plan, const DriverHost& host)
      : driver_(options.driver),
        host_(host),
        options_(loop_options(options, std::move(plan))),
        line_(std::make_shared<AgentLine>(driver_, host_)) {}

  ~FileDrop() override {
    line_->hang_up();
    if (!thread_.joinable()) return;
    if (line_->wait_until_ended(end_limit)) {
      thread_.join();
    } else {
      log::warn("{}: the file system does not answer; its thread is left behind", driver_);
      thread_.detach();
    }
  }

  void start() override {
    thread_ = std::thread([line = line_, options = options_] {
      DropLoop(options, *line).run();
      line->say_ended();
    });
    ::pthread_setname_np(thread_.native_handle(), "file_drop");
  }

  void set_paused(bool paused) override { line_->set_paused(paused); }

  void begin_stop() override {
    ending_since_ = host_.clock.now();
    line_->ask_to_end();
  }

  // A thread that hangs is not waited for: what it has handed in is in the store or is not, and its
  // cursor with it.
  bool idle() const override {
    return !thread_.joinable() || line_->ended() ||
           (ending_since_ && host_.clock.now() - *ending_since_ >= end_limit);
  }

  DriverHealth health() const override { return line_->health(); }

 private:
  std::string driver_;
  DriverHost host_;  // its references outlive this
  DropLoop::Options options_;
  std::shared_ptr<AgentLine> line_;
  std::thread thread_;
  std::optional<Instant> ending_since_;
};

}  // namespace

std::unique_ptr<Driver> make_file_drop(FileDropOptions options,
                                       std::shared_ptr<const FeedPlan> plan,
                                       const DriverHost& host) {
  return std::make_unique<FileDrop>(std::move(options), std::move(plan), host);
}

}  // namespace storeward::file_drop
