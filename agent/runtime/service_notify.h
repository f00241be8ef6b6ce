// What systemd is told (sd_notify(3)): ready, reloading, stopping, and the watchdog's feed. Without
// systemd these do nothing.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace storeward::service_notify {

void ready(const std::string& status);
void reloading();
void stopping();
void feed_watchdog();

// How often systemd wants to be fed (half of WatchdogSec); none where it does not watch.
std::optional<std::chrono::milliseconds> watchdog_interval();

}  // namespace storeward::service_notify
