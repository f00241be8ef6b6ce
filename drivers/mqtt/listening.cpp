#include "drivers/mqtt/listening.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <sstream>
#include <string_view>
#include <thread>

#include "agent/base/seconds_text.h"

namespace storeward::mqtt_source {
namespace {

constexpr Millis beat{500};
constexpr Millis short_life{10'000};  // of a connection
constexpr int suspicious_ends = 3;    // of connections with short lives, one after the other
constexpr std::string_view topics_key = "topics";
constexpr std::size_t longest_cursor = 4096;

std::set<std::string> lines_of(const std::string& text) {
  std::set<std::string> all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) all.insert(line);
  return all;
}

}  // namespace

Listening::Listening(SubscriptionOptions options, const source::Hello& hello,
                     source::AgentPipe& agent)
    : options_(std::move(options)),
      agent_(agent),
      breaker_(static_cast<std::uint64_t>(::getpid())) {
  if (const auto found = hello.cursors.find(topics_key); found != hello.cursors.end()) {
    kept_ = lines_of(found->second);
  }
}

void Listening::run() {
  const std::set<std::string> wanted(options_.topics.begin(), options_.topics.end());
  std::ranges::set_difference(kept_, wanted, std::back_inserter(options_.former_topics));
  std::set<std::string> possible = kept_;
  possible.insert(wanted.begin(), wanted.end());
  for (;;) {
    if (!keep(possible)) return;  // before the broker hears of them
    auto opened = Subscription::open(options_, [this](const Arrival& arrival) { take(arrival); });
    if (!opened) {
      if (!fail_for_now(opened.error().message)) return;
      continue;
    }
    subscription_ = std::move(*opened);
    const auto began = std::chrono::steady_clock::now();
    if (short_lives_ < suspicious_ends) breaker_.success();
    options_.former_topics.clear();
    possible = wanted;
    if (!keep(possible)) return;
    if (!listen()) return;
    subscription_.reset();
    const bool is_short = std::chrono::steady_clock::now() - began < short_life;
    short_lives_ = is_short ? short_lives_ + 1 : 0;
    if (!fail_for_now(why_lost())) return;
  }
}

// False: the agent has gone. Too many topics for a cursor are not kept.
bool Listening::keep(const std::set<std::string>& topics) {
  if (topics == kept_) return true;
  std::string text;
  for (const std::string& topic : topics) text += topic + '\n';
  if (text.size() > longest_cursor) return true;
  const std::lock_guard lock(agent_mutex_);
  source::DeliveryLine line("topics");
  line.cursor(topics_key, text);
  if (!agent_.hand_in(std::move(line).line()) || !agent_.settle()) return false;
  kept_ = topics;
  return true;
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

// A broker need not say that it puts us out for another client of our name.
std::string Listening::why_lost() const {
  std::string why = "the connection to the broker was lost";
  if (short_lives_ < suspicious_ends) return why;
  return why + " soon after it stood, " + std::to_string(short_lives_) +
         " times in a row. Is there another client with the client_id " + options_.client_id +
         "? Two that share one put each other out: stop one of them";
}

bool Listening::fail_for_now(const std::string& why) {
  const Millis pause = breaker_.after_failure();
  {
    const std::lock_guard lock(agent_mutex_);
    if (!agent_.failing(why + "; tried again in " + seconds_text(pause))) return false;
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
