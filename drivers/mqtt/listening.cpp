#include "drivers/mqtt/listening.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

namespace storeward::mqtt_source {
namespace {

constexpr Millis beat{500};

}  // namespace

Listening::Listening(SubscriptionOptions options, source::AgentPipe& agent)
    : options_(std::move(options)),
      agent_(agent),
      breaker_(static_cast<std::uint64_t>(::getpid())) {}

void Listening::run() {
  for (;;) {
    auto opened = Subscription::open(options_, [this](const Arrival& arrival) { take(arrival); });
    if (!opened) {
      if (!fail_for_now(opened.error().message)) return;
      continue;
    }
    subscription_ = std::move(*opened);
    breaker_.success();
    if (!listen()) return;
    subscription_.reset();
    if (!fail_for_now("the connection to the broker was lost")) return;
  }
}

// On Paho's thread. It goes on only with the message in the store, or not at all.
void Listening::take(const Arrival& arrival) {
  const std::lock_guard lock(agent_mutex_);
  if (!agent_.hand_in(delivery_line(arrival, ++messages_)) || !agent_.settle()) std::_Exit(0);
}

// False: the agent has gone.
bool Listening::listen() {
  {
    const std::lock_guard lock(agent_mutex_);
    if (!agent_.healthy()) return false;
  }
  while (subscription_->up()) {
    if (!wait(beat)) return false;
  }
  return true;
}

bool Listening::fail_for_now(const std::string& why) {
  const Millis pause = breaker_.after_failure();
  {
    const std::lock_guard lock(agent_mutex_);
    if (!agent_.failing(why + "; tried again in " + std::to_string((pause.count() + 999) / 1000) +
                        " s")) {
      return false;
    }
  }
  return wait(pause);
}

bool Listening::wait(Millis time) {
  for (Millis left = time; left > Millis{0}; left -= beat) {
    {
      const std::lock_guard lock(agent_mutex_);
      if (!agent_.wait(Millis{0})) return false;
    }
    std::this_thread::sleep_for(std::min(left, beat));
  }
  return true;
}

}  // namespace storeward::mqtt_source
