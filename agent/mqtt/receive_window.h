// ReceiveWindow: what the broker's Receive Maximum (MQTT 5, 4.9) still leaves room for, and what
// waits for it. Paho queues what is above the maximum and looks for room only once a second, so it
// is never handed more. Hub thread.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "agent/core/hub_link.h"

namespace storeward {

class ReceiveWindow {
 public:
  struct Waiting {
    PublishId id;
    OutgoingMessage message;
  };

  void set_maximum(std::size_t messages) { maximum_ = messages; }
  bool has_room() const { return unacked_ < maximum_; }
  void sent() { ++unacked_; }
  void acked() { unacked_ -= unacked_ > 0 ? 1 : 0; }

  // Of what is retained on a topic only the newest waits. False: dropped, as too much waits that
  // nobody has asked an ack for (answers to commands).
  bool hold(PublishId id, OutgoingMessage message);
  std::optional<Waiting> next();  // the oldest, whether there is room or not

 private:
  std::size_t maximum_ = 65535, unacked_ = 0;
  std::deque<Waiting> waiting_;
};

}  // namespace storeward
