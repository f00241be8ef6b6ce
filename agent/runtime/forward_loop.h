// ForwardLoop: drives the pure Forwarder on the io thread. It carries what happened (commits,
// reads, the link, the hub's messages) in, and does what step() decides: read, publish, save,
// connect. It decides nothing itself.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "agent/base/clock.h"
#include "agent/core/forwarder.h"
#include "agent/core/hub_link.h"
#include "agent/runtime/milestones.h"
#include "agent/runtime/reader_thread.h"
#include "agent/runtime/store_thread.h"

namespace storeward {

class ForwardLoop {
 public:
  struct Options {
    std::string root;  // {prefix}/{tenant}/{site}/{agent}
    std::string agent, version;
    std::string broker;          // host:port, for the status until the first connection
    bool use_properties = true;  // MQTT 5
  };

  // What the status says of the hub.
  struct HubFacts {
    HubState state = HubState::offline;
    WallTime since{};
    WallTime last_confirmation{};  // epoch 0: never
    std::string broker;            // host:port: of the latest connection
    std::string detail;            // why not online, in plain words
  };

  ForwardLoop(asio::io_context& io, const Clock& clock, Options options, Forwarder forwarder,
              StoreThread& store, ReaderThread& reader,
              std::function<void(const AlertChange&)> on_alert);
  ForwardLoop(const ForwardLoop&) = delete;
  ForwardLoop& operator=(const ForwardLoop&) = delete;

  HubLinkEvents link_events();  // to build the link with
  void start(HubLink& link, const store::OutboxStatus& status);
  void stop();  // says "offline" and disconnects

  // From the store thread's events.
  void on_committed(const std::vector<store::CommittedStream>& streams, bool levels_waiting);
  void on_forked(const store::OutboxStatus& status);

  const HubFacts& hub_facts() const { return facts_; }
  StreamProgress progress(const StreamKey& stream) const { return forwarder_.progress(stream); }
  const Milestones& milestones() const { return milestones_; }
  ReplayAnswer replay(const ReplayCommand& command);

 private:
  void on_link_up(const LinkLimits& limits);
  void on_link_down(LinkFailure failure, const std::string& detail);
  void on_message(const IncomingMessage& message);
  void on_command(const IncomingMessage& message);
  void pump();
  void apply(Actions& actions);
  void read(const ReadRequest& request);
  void a_second_later(std::function<void()> again);
  void query_hash(const StreamKey& stream, Sequence at);
  void publish(Publish publish);
  void publish_state(bool online);
  void note_hub_state();
  void wake_at(std::optional<Instant> when);

  asio::io_context& io_;
  const Clock& clock_;
  const Options options_;
  Forwarder forwarder_;
  StoreThread& store_;
  ReaderThread& reader_;
  std::function<void(const AlertChange&)> on_alert_;
  asio::steady_timer timer_;
  HubLink* link_ = nullptr;
  Epoch epoch_;
  std::string since_;  // RFC 3339: when this process began
  HubFacts facts_;
  Milestones milestones_;
  std::map<StreamKey, Sequence> confirmed_;  // as last saved, to see progress
  bool link_is_up_ = false;
};

}  // namespace storeward
