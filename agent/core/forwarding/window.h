// Window: the messages that have left and whose PUBACK is still out, on one connection. Pure.
//
// Invariants: always strictly below the broker's Receive Maximum (except that one message may
// always go, or a Receive Maximum of 1 would block everything), so that Paho never waits inside its
// send thread. The bytes in flight are bounded too, by a budget that grows while acks are prompt
// and shrinks on a slow line: there a new sale waits for one window at most, and no healthy but
// thin line runs into the no-progress watchdog.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "agent/base/clock.h"
#include "agent/core/forwarder.h"

namespace storeward {

// Why a message was sent; decides what its ack means.
enum class Purpose : std::uint8_t {
  first,   // in the order of the stream
  again,   // missed by the hub, or a probe
  replay,  // asked for by an operator
  trial    // one suspect event, alone in flight
};

struct InFlight {
  StreamKey stream;
  Range range;
  std::uint32_t events = 0;
  std::size_t bytes = 0;
  Purpose purpose = Purpose::first;
  Instant sent_at{};

  bool sent_before() const { return purpose == Purpose::again || purpose == Purpose::replay; }
};

class Window {
 public:
  Window(std::uint32_t max_messages, std::size_t max_bytes);

  void on_link_up(std::uint16_t receive_maximum);
  void on_link_lost();  // forgets what is in flight

  void disown();  // what is in flight still counts, but its ack means nothing any more

  bool has_room() const;
  PublishId send(InFlight message);
  // None for an id that is not in flight (late, repeated or invented).
  std::optional<InFlight> on_ack(Instant now, PublishId id);

  bool empty() const { return in_flight_.empty(); }
  std::size_t size() const { return in_flight_.size(); }
  std::size_t limit() const { return limit_; }
  const std::map<PublishId, InFlight>& in_flight() const { return in_flight_; }
  // Since when nothing was acked although something is in flight.
  std::optional<Instant> waiting_since() const;
  // What one message may weigh, so that a thin line is not blocked for long.
  std::size_t message_bytes(std::size_t limit) const;
  std::uint64_t acked_on_connection() const { return acked_; }

 private:
  std::uint32_t max_messages_;
  std::size_t max_bytes_;
  std::size_t limit_ = 1;
  std::size_t budget_;
  std::size_t bytes_ = 0;
  std::uint64_t acked_ = 0;
  PublishId next_id_ = 1;
  Instant last_progress_{};
  std::map<PublishId, InFlight> in_flight_;
};

}  // namespace storeward
