// Heartbeat: a thread's sign of life. The thread beats each time round its loop; the watchdog looks
// how old the last beat is. A thread inside a slow but finite disk call has a generous limit.
#pragma once

#include <atomic>
#include <chrono>

namespace storeward {

class Heartbeat {
 public:
  void beat() noexcept { last_.store(now(), std::memory_order_relaxed); }

  std::chrono::milliseconds age() const noexcept {
    return std::chrono::milliseconds(now() - last_.load(std::memory_order_relaxed));
  }

 private:
  static long long now() noexcept {
    const auto since_boot = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since_boot).count();
  }

  std::atomic<long long> last_{now()};
};

}  // namespace storeward
