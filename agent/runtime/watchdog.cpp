#include "agent/runtime/watchdog.h"

#include "agent/base/log.h"
#include "agent/runtime/service_notify.h"

namespace storeward {

Watchdog::Watchdog(asio::io_context& io, std::vector<Watched> watched)
    : timer_(io), watched_(std::move(watched)) {}

void Watchdog::start() {
  const auto interval = service_notify::watchdog_interval();
  if (!interval) return;
  interval_ = *interval;
  check();
}

void Watchdog::check() {
  bool all_alive = true;
  for (const Watched& thread : watched_) {
    if (thread.heartbeat->age() <= thread.limit) continue;
    log::error("watchdog: the {} thread has made no progress for {} ms", thread.name,
               thread.heartbeat->age().count());
    all_alive = false;
  }
  if (all_alive) service_notify::feed_watchdog();
  timer_.expires_after(interval_);
  timer_.async_wait([this](const asio::error_code& cancelled) {
    if (!cancelled) check();
  });
}

}  // namespace storeward
