// Admission: bytes handed in -> events and rejections, each masked, canonical and digested. Pure.
// CONTRACT sections 3 and 4. Nothing is written anywhere before this has run.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "agent/base/time_zone.h"
#include "agent/core/event.h"
#include "agent/core/masking.h"

namespace storeward {

// How the body of a delivery is framed.
enum class Framing : std::uint8_t { single, batch, ndjson };

struct AdmissionOptions {
  std::string tenant, site, agent;
  const TimeZone* time_zone = nullptr;       // of the site, for the business day
  Millis business_day_start{0};              // after local midnight
  std::size_t max_event_bytes = 256 * 1024;  // published size
  std::size_t max_events = 1000;             // per delivery
  const bool* clock_wrong = nullptr;         // read on the caller's thread
};

// The client that hands in, and the sources it may speak for.
struct Submitter {
  std::string name;
  std::vector<std::string> sources;  // beside its own name
  VouchedMembers vouched;            // by the template it comes through
  // Members of `data`, and "time", that say how an event came (when it was received, its place in a
  // file) and not what happened: by these a repeat may differ.
  std::vector<std::string> circumstances;
};

// Why the delivery as a whole is refused; nothing of it is kept.
struct Refusal {
  int status = 400;    // HTTP: 400, 403, 413
  std::string reason;  // with the position
};

using AdmittedItem = std::variant<Event, Rejected>;

Result<std::vector<AdmittedItem>, Refusal> admit(std::string_view body, Framing framing,
                                                 const Submitter& submitter,
                                                 const AdmissionOptions& options);

}  // namespace storeward
