// Forwarder: decides what goes to the hub, when, and what an answer means. CONTRACT section 5.
//
// Pure: on_x() only records, step() decides; time comes in as an argument. Owned by the io thread.
//
// Invariants: nothing is published on a connection before the subscription stands and the retained
// ack has come (or ack_wait has passed); unacked messages never reach the broker's Receive Maximum;
// the confirmed cursor only moves on the hub's word (or PUBACK in `puback` mode) and never back;
// a range already sent is sent again only for a reason the contract names.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/core/hub_protocol.h"
#include "agent/core/message.h"

namespace storeward {

enum class Confirm : std::uint8_t { receipt, puback };

struct ForwarderOptions {
  Confirm confirm = Confirm::receipt;
  bool compress = true;
  std::uint64_t max_unconfirmed_events = 32768;
  Millis confirm_timeout{60'000};
  Millis state_interval{60'000};
  Millis ack_wait{2'000};                   // for the retained ack after subscribing
  Millis no_progress{30'000};               // messages in flight and no PUBACK: a new connection
  Millis resend_interval{5'000};            // a missing range at most once per
  std::size_t max_withheld_ranges = 1'000;  // per stream; more is no poison: the stream stops
  std::uint32_t max_in_flight = 64;  // messages; and always below the broker's Receive Maximum
  std::size_t max_message_bytes = 256 * 1024;
  // The first attempt after a loss comes within this time, by chance: stores / 50 per second. Later
  // ones within twice as much.
  Millis reconnect_spread{30'000};
  std::uint64_t seed = 1;  // for back-off jitter
};

// What the broker allows on this connection.
struct LinkLimits {
  std::uint16_t receive_maximum = 65535;
  std::uint32_t maximum_packet_size = 268435455;
  std::string broker;  // host:port, for the status
};

enum class LinkFailure : std::uint8_t { lost, refused, not_authorised, untrusted, unreachable };

// Everything the forwarder needs to know of a stream at start-up or after an epoch change.
struct StreamState {
  StreamKey stream;
  StreamHead head;
};

using PublishId = std::uint64_t;

// As the broker has it (MQTT 5, 2.4); the line refuses with it what it need not send to know.
inline constexpr std::uint8_t reason_packet_too_large = 0x95;

struct Publish {
  PublishId id = 0;
  Message message;
};

struct CursorSave {  // confirmed and published, to be saved within a second
  StreamKey stream;
  Sequence confirmed = 0;
  Sequence published = 0;
};

struct Withhold {  // an event that the broker will never take: becomes an exception
  StreamKey stream;
  Sequence sequence = 0;
  std::string reason;
};

struct HubRejected {  // an event that the hub will never take: becomes an exception, counts as
                      // confirmed
  StreamKey stream;
  Sequence sequence = 0;
  std::string reason;
};

// Our outbox is an older copy than what the hub has seen: begin a new epoch (see
// Outbox::fork_epoch).
struct EpochFork {
  std::string reason;
};

enum class AlertKind : std::uint8_t {
  hub_refuses,
  hub_untrusted,
  publish_not_authorised,
  packet_limit_too_small,
  unknown_epoch_in_ack,
  restored_copy,
  confirmation_stalled,
  ack_unreadable
};

struct AlertChange {
  AlertKind kind;
  bool raised = true;  // false: cleared
  std::string detail;
};

struct Actions {
  std::vector<ReadRequest> reads;  // answered by on_read
  std::vector<Publish> publishes;  // answered by on_broker_ack
  std::vector<CursorSave> cursor_saves;
  std::vector<Withhold> withheld;
  std::vector<HubRejected> rejected;
  std::vector<AlertChange> alerts;
  std::optional<Heads> publish_heads;
  std::optional<EpochFork> fork;
  std::optional<StreamKey> hash_query;  // with hash_at: answered by on_hash
  Sequence hash_at = 0;
  bool take_levels = false;  // number the waiting snapshots; answered by on_committed
  bool connect = false;      // to brokers[broker_index]
  std::size_t broker_index = 0;
  bool disconnect = false;
  std::optional<Instant> wake_at;  // call step() then at the latest
};

enum class HubState : std::uint8_t { online, connecting, offline, refused, untrusted };

struct StreamProgress {
  Sequence last = 0, published = 0, confirmed = 0;
};

class Forwarder {
 public:
  Forwarder(ForwarderOptions options, std::size_t broker_count, std::vector<StreamState> streams,
            Epoch current, Instant now);
  ~Forwarder();
  Forwarder(Forwarder&&) noexcept;

  // The store.
  void on_committed(const StreamKey& stream, const StreamHead& head);
  void on_committed_message(
      const Message& message);  // the newest, straight from the commit; optional
  void on_read(const ReadRequest& request, const Message& message);
  void on_levels_waiting(bool waiting);
  void on_hash(const StreamKey& stream, Sequence at, const std::optional<Sha256>& hash);
  void on_epoch(Epoch current, std::vector<StreamState> streams);

  // The link. `ready`: connected and subscribed.
  void on_link_up(Instant now, const LinkLimits& limits);
  void on_link_down(Instant now, LinkFailure failure, const std::string& detail);
  void on_broker_ack(Instant now, PublishId id, std::uint8_t reason_code);

  // The hub.
  void on_ack(Instant now, std::string_view json);
  ReplayAnswer on_replay(const ReplayCommand& command);

  Actions step(Instant now);

  HubState hub_state() const;
  StreamProgress progress(const StreamKey& stream) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace storeward
