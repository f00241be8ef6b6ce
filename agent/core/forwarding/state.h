// The forwarder's state and its parts. Private to the forwarder: only agent/core/forwarder.cpp and
// the .cpp files of this folder include it, one per concern:
//   connection.cpp  connecting, waiting for the ack, watchdog, heads
//   sending.cpp     reads and publishes: window, priority, resends, probes, trials
//   answers.cpp     what the broker's reason codes and hang-ups mean
//   hub_word.cpp    confirmations, missing ranges, rejections, hashes, epochs
#pragma once

#include <map>

#include "agent/core/forwarder.h"
#include "agent/core/forwarding/back_off.h"
#include "agent/core/forwarding/lane.h"
#include "agent/core/forwarding/schedule.h"
#include "agent/core/forwarding/standing_alerts.h"
#include "agent/core/forwarding/window.h"

namespace storeward {

// How long a connection must have stood before a hang-up says something about the message.
inline constexpr Millis trial_after{30'000};

struct Forwarder::State {
  enum class Phase : std::uint8_t { offline, connecting, awaiting_ack, flowing };

  // One suspect event on its way to be judged, alone in flight.
  struct Trial {
    StreamKey stream;
    Sequence sequence = 0;
    bool counts = false;  // others have passed on this connection
    std::optional<ReadRequest> reading;
    std::optional<Message> message;
    bool in_flight = false;
  };

  // Where the link was lost: the oldest message in flight.
  struct LossPoint {
    StreamKey stream;
    Range range;
    bool again = false;  // it had gone before: published, but perhaps not confirmed
  };

  State(ForwarderOptions options_in, std::size_t broker_count, Instant now);

  // Everything about the streams begins anew (start-up, a new epoch).
  void set_streams(Epoch epoch, const std::vector<StreamState>& streams);

  // connection.cpp
  void keep_connected(Instant now, Actions& actions);
  void on_link_up(Instant now, const LinkLimits& new_limits);
  void on_link_down(Instant now, LinkFailure failure, const std::string& detail);
  void start_flowing(Instant now);
  void publish_heads(Instant now, Actions& actions);
  std::optional<Instant> heads_due(Instant now) const;
  std::optional<Instant> wake_at(Instant now) const;

  // sending.cpp
  void watch_confirmations(Instant now);
  void request_reads(Instant now, Actions& actions);
  void publish(Instant now, Actions& actions);
  void take_levels(Instant now, Actions& actions);
  void on_committed_message(const Message& message);
  void on_read(const ReadRequest& request, const Message& message);

  // answers.cpp
  void on_broker_ack(Instant now, PublishId id, std::uint8_t reason_code);
  void suspect_hang_up(Instant now);
  void refused_for_content(Instant now, Lane& lane, Range range, Evidence evidence,
                           const std::string& reason);
  void resend_refused(Instant now, Lane& lane, Range range, bool replay, Evidence evidence,
                      const std::string& reason);
  void trial_failed(Instant now, Lane& lane, const std::string& reason);
  void withhold(Instant now, Lane& lane, Sequence sequence, std::string reason);
  void stop_at_a_limit(Instant now, Lane& lane, bool beyond_connection, const std::string& detail);
  void stop(Lane& lane, Instant until, bool beyond_connection, AlertKind kind,
            const std::string& detail);

  // hub_word.cpp
  void on_hub_ack(Instant now, const HubAck& ack);
  bool has_forgotten(const HubAck& ack) const;
  void on_epoch_ack(Instant now, const Epoch& epoch, const EpochAck& word);
  void hear_confirmed(Instant now, Lane& lane, Sequence sequence, const Sha256* hash);
  void confirm(Instant now, Lane& lane);
  void on_hash(const StreamKey& stream, Sequence at, const std::optional<Sha256>& hash);
  void ask_for_hash(Actions& actions);
  void fork(const std::string& reason);

  // Shared questions.
  Lane* find(const StreamKey& stream);
  Lane& lane_of(const StreamKey& stream);
  bool may_send(const Lane& lane, Instant now) const;   // anything at all
  bool may_go_on(const Lane& lane, Instant now) const;  // new events
  bool past_loss_point() const;
  bool passes_loss_point(const InFlight& taken) const;
  bool older_epoch_drains(const Lane& lane) const;
  RangeSet in_flight_of(const StreamKey& stream) const;
  std::uint64_t event_allowance(const Lane& lane) const;
  std::size_t payload_limit() const;

  ForwarderOptions options;
  std::map<StreamKey, Lane> lanes;
  Epoch current;
  BackOff back_off;
  Window window;
  Schedule schedule;
  StandingAlerts alerts;

  Phase phase = Phase::offline;
  Instant retry_at{};     // offline
  Instant phase_since{};  // connecting, awaiting_ack
  Instant up_since{};
  LinkLimits limits;
  HubState failed_as = HubState::offline;  // shown until a connection stands again
  bool limit_too_small = false;            // of this connection
  bool carried = false;                    // the broker took a message on this connection
  bool forking = false;                    // until on_epoch
  bool fork_reported = false;              // on this connection
  std::optional<std::uint64_t> serial;
  std::optional<StreamKey> hash_asked;
  Sequence hash_asked_at = 0;

  // A link lost twice at the same message: from then on one message at a time.
  std::optional<LossPoint> loss_point;
  std::uint32_t losses_there = 0;
  bool cautious = false;
  std::optional<Trial> trial;

  bool levels_waiting = false;
  std::optional<Instant> levels_asked_until;  // then asked again: a full disk takes none

  bool heads_now = false;
  Instant heads_at{};  // when last published on this connection

  Instant last_now{};  // for what is recorded between two steps
  Actions recorded;    // withheld, rejected, fork: given out by the next step
};

}  // namespace storeward
