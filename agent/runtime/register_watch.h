// RegisterWatch: looks whether each register's receipts are complete and add up to its day closes,
// and says so: to the hub (agent.gap.detected, agent.reconcile.mismatch) and as alerts. io thread.
//
// What it says has ids made of what is said, so a restart says nothing twice. A hole is told once
// the receipt behind it has been there for `grace`: receipts of one till may overtake each other.
// Whatever touches a day (a late sale) opens its comparisons again.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/core/admission.h"
#include "agent/runtime/reader_thread.h"
#include "agent/runtime/store_thread.h"

namespace storeward {

// What is wrong with a register's day, in plain words.
struct RegisterFindings {
  std::string missing;                 // "17, 20-22"; empty: nothing
  std::vector<std::string> differing;  // one per close that does not add up
  std::vector<std::string> notices;    // CloudEvents that say it
};

// Pure. `settled_before`: a hole counts if the receipt behind it was accepted before this.
RegisterFindings findings_of(const store::RegisterDay& day, const store::RegisterDayBook& book,
                             WallTime settled_before, WallTime now);

class RegisterWatch {
 public:
  struct Parts {
    const Clock& clock;
    StoreThread& store;
    ReaderThread& desk;
    const AdmissionOptions& admission;
    // Kind of alert, and its sentence; an empty one clears it.
    std::function<void(const std::string& kind, const std::string& sentence)> alert;
    Millis grace{60'000};
  };

  explicit RegisterWatch(Parts parts) : parts_(std::move(parts)) {}

  void look();  // once a second

 private:
  using Key = std::pair<std::string, std::string>;  // register, business day
  struct Due {
    store::RegisterDay day;
    Instant soon, settled;  // looked at after a moment, and once more after the grace
    bool looked_soon = false;
  };

  struct Found {
    store::RegisterDay day;
    RegisterFindings findings;
    Instant look_again;
  };

  void look_again_at_what_was_found(Instant now);
  void ask_what_changed();
  void check(const store::RegisterDay& day);
  void tell(const store::RegisterDay& day, RegisterFindings findings);
  void put_off(const store::RegisterDay& day);
  void show();

  const Parts parts_;
  std::uint64_t seen_ = 0;      // `touched` of the newest change known
  std::map<Key, Due> due_;      // at most most_due
  std::map<Key, Found> found_;  // what the alerts are about
  bool busy_ = false;
  Instant not_before_{};
};

}  // namespace storeward
