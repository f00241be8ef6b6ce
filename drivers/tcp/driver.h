// tcp: frames over TCP, each answered after its commit: scanners, legacy journals, till plug-ins.
// docs/drivers/tcp.md. Everything on the io thread; no thread of its own.
//
// What a peer can rely on
//  - Answers come in the order of the frames, and each after the commit that holds its frame.
//  - A frame that was not sent whole is nothing. A frame without an answer may be stored or not.
//  - At max_connections a newcomer is told LATER and closed; without descriptors, closed at once.
// A port that cannot be had (another program has it) is tried again every few seconds: the rest of
// the agent goes on, and the status says so.
#pragma once

#include <asio/ip/address.hpp>

#include <cstdint>
#include <memory>

#include "drivers/driver.h"
#include "drivers/frame_intake.h"

namespace storeward {

struct TcpOptions {
  asio::ip::address address;
  std::uint16_t port = 0;  // 0: any, for tests
  FrameRules frames;
  std::size_t max_connections = 100;
  Millis idle_timeout{3'600'000};
};

class TcpDriver final : public Driver {
 public:
  TcpDriver(const TcpOptions& options, std::shared_ptr<const FeedPlan> plan,
            const DriverHost& host);
  ~TcpDriver() override;

  void start() override;
  void set_paused(bool paused) override;
  void begin_stop() override;
  bool idle() const override;
  DriverHealth health() const override;

  std::uint16_t port() const;  // 0: not listening
  std::size_t connections() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace storeward
