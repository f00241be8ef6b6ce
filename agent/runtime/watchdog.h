// Watchdog: feeds systemd only while the threads that must make progress do. Runs on the io thread,
// so a hung io thread starves systemd by itself. A thread inside one disk call counts as alive
// for its limit (a sync may take seconds on a worn disk, FAULTS F10).
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <string>
#include <vector>

#include "agent/base/heartbeat.h"

namespace storeward {

class Watchdog {
 public:
  struct Watched {
    std::string name;
    const Heartbeat* heartbeat;
    std::chrono::milliseconds limit;
  };

  Watchdog(asio::io_context& io, std::vector<Watched> watched);

  void start();  // does nothing where systemd does not watch
  void stop() { timer_.cancel(); }

 private:
  void check();

  asio::steady_timer timer_;
  const std::vector<Watched> watched_;
  std::chrono::milliseconds interval_{0};
};

}  // namespace storeward
