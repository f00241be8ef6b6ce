// What the parts of a simulated shop share: virtual time, chance, history. One thread owns it all,
// so that a seed replays a history exactly.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "agent/base/clock.h"
#include "tests/support/crash_vfs.h"
#include "tests/support/random.h"

namespace storeward::sim {

class SimClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  WallTime wall() const override {
    return WallTime(Millis(1'795'000'000'000) + now_.time_since_epoch() + jumped_);
  }
  void advance_to(Instant when) { now_ = when; }
  void jump(Millis by) { jumped_ += by; }

 private:
  Instant now_{Millis(1'000'000)};
  Millis jumped_{0};
};

// What happens when, in virtual time; what is due at the same instant happens in order of planning.
class Timeline {
 public:
  explicit Timeline(SimClock& clock) : clock_(clock) {}

  void after(Millis delay, std::function<void()> what) {
    plans_.emplace(std::pair(clock_.now() + delay, ++planned_), std::move(what));
  }

  // Does the next thing due by `until`. False: nothing is, and it is `until` now.
  bool run_next(Instant until) {
    if (plans_.empty() || plans_.begin()->first.first > until) {
      clock_.advance_to(until);
      return false;
    }
    auto plan = plans_.extract(plans_.begin());
    clock_.advance_to(plan.key().first);
    plan.mapped()();
    return true;
  }

 private:
  SimClock& clock_;
  std::map<std::pair<Instant, std::uint64_t>, std::function<void()>> plans_;
  std::uint64_t planned_ = 0;
};

// A promise was broken. Thrown by whoever sees it; ends the run of this seed.
struct Violation {
  std::string what;
};

// What happened lately, for whoever has to understand a violation.
class History {
 public:
  History(const SimClock& clock, bool verbose) : clock_(clock), verbose_(verbose) {}
  void note(std::string what);
  void print() const;

 private:
  static constexpr std::size_t kept = 60;
  const SimClock& clock_;
  const bool verbose_;
  std::deque<std::string> lines_;
};

struct World {
  World(std::uint64_t seed, bool only_the_wire, bool verbose)
      : wire_only(only_the_wire),
        random(seed),
        checks(seed + 1),
        vfs("crash-sim", seed),
        history(clock, verbose) {}

  // The agent's own cursors are believed: a bug in them must show in what it does.
  const bool wire_only;
  SimClock clock;
  Timeline timeline{clock};
  support::Random random;
  support::Random checks;  // when to look: what is looked at must not change by it
  support::CrashVfs vfs;
  History history;

  Millis some_millis(std::uint64_t low, std::uint64_t high) {
    return Millis(random.between(low, high));
  }
};

}  // namespace storeward::sim
