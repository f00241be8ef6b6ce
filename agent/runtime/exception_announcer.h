// ExceptionAnnouncer: tells the hub of each new exception, in stream `ops`. io thread.
//
// How far it has come is a cursor of its own, committed with the events that say it: a crash
// neither loses nor doubles one. At most max_each events a look (once a second), then one for all
// that are left. Exceptions about the agent's own events are told nobody: a notice that is refused
// must not beget the next.
#pragma once

#include <functional>

#include "agent/base/clock.h"
#include "agent/core/admission.h"
#include "agent/runtime/reader_thread.h"
#include "agent/runtime/store_thread.h"

namespace storeward {

class ExceptionAnnouncer {
 public:
  struct Parts {
    const Clock& clock;
    StoreThread& store;
    ReaderThread& desk;
    const AdmissionOptions& admission;
  };

  static constexpr std::size_t max_each = 10;
  static constexpr const char* cursor_key = "exceptions.announced";

  explicit ExceptionAnnouncer(Parts parts) : parts_(parts) {}

  void look();

 private:
  void tell(const store::Unannounced& fresh);

  const Parts parts_;
  std::uint64_t told_through_ = 0;  // 0: not known yet
  bool busy_ = false;               // a question or a delivery is under way
  Instant not_before_{};
};

}  // namespace storeward
