#include "agent/runtime/standing_alerts.h"

#include "store/salvage.h"

namespace storeward {

void StandingAlerts::look(const store::OutboxStatus& store, const std::string& driver_questions,
                          const ClockWatch& clock) {
  look_at_room(store.state);
  look_at_files(store.files_gone);
  look_for_undelivered(store);
  if (driver_questions.empty()) {
    board_.clear("driver_asks");
  } else {
    board_.raise("driver_asks", driver_questions);
  }
  look_for_salvage();
  look_at_clock(clock);
}

void StandingAlerts::look_at_room(store::StoreState state) {
  if (state != store::StoreState::low && state != store::StoreState::full) {
    return board_.clear("store_low");
  }
  board_.raise("store_low",
               "Room for events runs out: deliveries are refused in order of importance, sales "
               "last. Free space on the disk of " +
                   store_.directory.string() +
                   (store_.max_bytes != 0 ? ", or raise store.max_bytes." : "."));
}

void StandingAlerts::look_at_files(const std::string& files_gone) {
  if (files_gone.empty()) return board_.clear("outbox_files_gone");
  board_.raise("outbox_files_gone",
               files_gone +
                   ". Deliveries are refused; what is held goes on to the hub. Put the directory "
                   "back as it was and do not stop the agent: it alone still has the events.");
}

// Until a person has closed its exception.
void StandingAlerts::look_for_undelivered(const store::OutboxStatus& store) {
  const auto look = [this](const char* kind, std::uint64_t events, const char* who) {
    if (events == 0) return board_.clear(kind);
    board_.raise(kind, std::string(who) + " will not take " + std::to_string(events) +
                           (events == 1 ? " event" : " events") +
                           ". What and why: storeward exceptions list --state open. Once that is "
                           "settled with the hub's operator, storeward exceptions discard NUMBER "
                           "--reason WHY ends this alert.");
  };
  look("event_withheld", store.open_withheld, "The broker");
  look("event_rejected_by_hub", store.open_rejected, "The hub");
}

// There is one at a start only; the alert ends when the folder is gone.
void StandingAlerts::look_for_salvage() {
  if (!salvage_noticed_) return;
  const auto notice = store::salvage_notice(store_.directory);
  salvage_noticed_ = notice.has_value();
  if (!notice) return board_.clear("outbox_salvaged");
  board_.raise("outbox_salvaged", *notice);
}

void StandingAlerts::look_at_clock(const ClockWatch& clock) {
  if (!clock.wrong()) return board_.clear("clock_wrong");
  board_.raise("clock_wrong",
               "This machine's clock cannot be trusted: " + clock.why() +
                   ". Events are kept in their order and marked clockUnsynced. Switch time "
                   "synchronisation on (timedatectl set-ntp true).");
}

}  // namespace storeward
