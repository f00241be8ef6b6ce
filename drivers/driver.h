// Driver: how deliveries arrive from one source (or several of one kind). The page a driver's
// author reads, together with feed.h; docs/writing-a-driver.md goes through it step by step.
//
// A driver's life: made from its options, start(), then bytes -> Feed -> Submit, again and again;
// the source hears "done" (a 2xx, an ack line, a file moved) only after Submitted has come with a
// result. Then begin_stop(), idle(), the end. All calls come on the io thread. A driver whose
// source blocks has a thread of its own for reading, decoding and mapping; it may call submit from
// there, and its answers come on the io thread all the same.
//
// What every driver keeps to:
//   - false from submit, or a SubmitFailure: nothing was kept. Hand the same in again later, after
//     retry_after_s; tell the source nothing, or "later". Never skip.
//   - ItemStatus::refused in an outcome: no space for this kind now; the same.
//   - while paused nothing new is taken from the source; what was taken is finished.
//   - its cursors go with the delivery they speak of (Delivery::cursors), never on their own way.
//   - bounded: in flight, in memory, in descriptors, in time.
#pragma once

#include <asio/io_context.hpp>

#include <memory>
#include <optional>
#include <string>

#include "agent/base/clock.h"
#include "agent/core/status.h"
#include "agent/core/submit.h"
#include "drivers/feed.h"

namespace storeward {

// What the agent gives a driver; outlives it.
struct DriverHost {
  asio::io_context& io;
  const Clock& clock;
  Submit submit;  // from any thread
  SourceCursors cursors;
};

// DriverHealth::detail of a driver that set_paused() holds back.
inline constexpr const char* outbox_is_full =
    "the outbox is full; nothing is taken until it has drained";

struct DriverHealth {
  DriverState state = DriverState::ok;
  std::string detail;  // why it is failing or paused, and what to do; in plain words
  std::optional<WallTime> last_delivery;
  bool look =
      false;  // it works, and something of its source's waits for a person; `detail` says what
  bool asks = false;  // stands still until a person decides; `detail` says between what
};

class Driver {
 public:
  virtual ~Driver() = default;  // whatever is still open is dropped, unanswered

  virtual void start() = 0;
  // Back-pressure: true while the outbox takes no more for now. Called whenever that changes.
  virtual void set_paused(bool paused) = 0;
  // Takes nothing new; what was taken is still answered.
  virtual void begin_stop() = 0;
  virtual bool idle() const = 0;  // nothing is open any more
  virtual DriverHealth health() const = 0;
  // What a person has decided (storeward drivers answer); fails where nothing, or something else,
  // was asked.
  virtual Result<void> answer(const std::string&) { return fail("this driver asks nothing"); }
};

}  // namespace storeward
