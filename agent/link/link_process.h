// LinkProcess: the connection to the broker as the agent sees it. Paho and all that reads the
// broker's bytes runs in a child process (the program storeward-link) with a memory limit of its
// own: a broker that lies about sizes, or a bug in there, costs a connection and never the agent.
//
// Owned by the io thread, which it never blocks except in the destructor.
//
// Invariants: at most one child; it is started by connect() and by nothing else, so the forwarder's
// back-off bounds how often; on_down is called once per connect(), whatever ends it; what is
// reported of an older connect() is not passed on; no more than most_in_flight_bytes are handed to
// the child unacknowledged, which bounds its memory.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "agent/core/hub_link.h"
#include "agent/link/frame_stream.h"
#include "agent/link/link_frames.h"
#include "agent/process/child_process.h"

namespace storeward {

struct LinkProcessOptions {
  MqttOptions mqtt;
  std::filesystem::path program;  // empty: storeward-link beside the program that runs
  // A name look-up may hang for 30 s, and nothing is wrong with the child then.
  Millis silence_limit{45'000};
};

class LinkProcess final : public HubLink {
 public:
  static constexpr std::size_t most_in_flight_bytes = 4u << 20;

  LinkProcess(asio::io_context& io, LinkProcessOptions options, HubLinkEvents events);
  ~LinkProcess() override;  // waits three seconds at most, then the child is killed

  void connect(std::size_t broker_index) override;
  void disconnect() override;
  void publish(PublishId id, OutgoingMessage message) override;

  // What the broker publishes when the connection is lost; counts from the next connect().
  void set_will(std::string payload);

 private:
  struct Held {
    PublishId id = 0;
    LinkFrame frame;
  };

  Result<void> start_child();
  Result<ChildProgram> program();
  void on_frame(std::string_view body);
  void on_report(const link_report::Up& up);
  void on_report(const link_report::Down& down);
  void on_report(const link_report::BrokerAck& ack);
  void on_report(const link_report::Heard& heard);
  void on_report(const link_report::Beat&) {}
  void on_exit(const ChildExit& exit);
  void end_child(std::string why);
  void listen_for_silence();
  void send_held();
  void forget_messages();
  bool is_current(std::uint64_t attempt) const { return pursued_ && attempt == attempt_; }
  void down(LinkFailure failure, const std::string& detail);
  void down_later(std::string detail);

  asio::io_context& io_;
  LinkProcessOptions options_;
  const HubLinkEvents events_;
  std::optional<ProgramFile> file_;

  std::unique_ptr<ChildProcess> child_;
  std::shared_ptr<FrameStream> stream_;  // null: no child, or one that is ending
  std::string ending_because_;           // of a child that we end
  asio::steady_timer silence_;
  Millis silent_for_{0};

  std::uint64_t attempt_ = 0;  // grows with each connect() and disconnect()
  bool pursued_ = false;       // a connect() that is not down yet
  std::string broker_;         // host:port while up

  std::unordered_map<PublishId, std::size_t> in_flight_;  // bytes
  std::size_t in_flight_bytes_ = 0;
  std::deque<Held> held_;  // in order; as many as the forwarder's window lets out
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);  // for late handlers
};

}  // namespace storeward
