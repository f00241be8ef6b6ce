// What an agent's HTTP answer says about each event of a request (CONTRACT section 4). Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/till/till_event.h"

namespace storeward::till {

enum class Fate : std::uint8_t { stored, duplicate, not_stored };

struct EventAnswer {
  Fate fate = Fate::not_stored;
  std::string status;  // quarantined, conflict, refused
  std::string reason;
};

struct Answer {
  enum class Verdict : std::uint8_t {
    answered,   // `events` has one entry per event, in their order
    try_later,  // nothing is known; ask again
    give_up     // asking again cannot help: `reason` says what a person has to do
  };
  Verdict verdict = Verdict::try_later;
  std::string reason;
  std::vector<EventAnswer> events;
};

// `status` is the HTTP status, `body` the answer's, `sent` what the request carried.
Answer read_answer(long status, std::string_view body, std::span<const TillEvent> sent);

}  // namespace storeward::till
