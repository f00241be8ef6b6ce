// What the sender of a frame hears, after the commit. Pure. docs/drivers/tcp.md is the page for who
// builds the other end.
//
//   OK 1 stored               all of it is an event now; the number: how many
//   DUPLICATE                 it was here before
//   EXCEPTION 17 the reason   it is no event; it is kept for a person, and done for the sender
//   IGNORED the reason        it does not count (the template says so); done
//   LATER 5                   not taken: send it again, after so many seconds
//   REFUSED the reason        not taken, never will be; the connection ends
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/core/submit.h"

namespace storeward {

enum class FrameWord : std::uint8_t { ok, duplicate, exception, ignored, later, refused };

struct FrameAnswer {
  FrameWord word = FrameWord::ok;
  std::uint64_t number = 0;  // events, the exception, seconds
  std::string reason;
};

// How the sender wants to hear it: as a line, as one byte (ACK 06, or NAK 15 for LATER and REFUSED)
// or not at all.
enum class Acknowledge : std::uint8_t { line, none, byte };

// Of a frame's items: an exception first, then what is new, then what is not.
FrameAnswer answer_to(const std::vector<ItemOutcome>& outcomes);

std::string on_the_wire(const FrameAnswer& answer, Acknowledge acknowledge);

}  // namespace storeward
