// TcpConnection: one peer of a tcp driver: its socket and its lane. io thread; kept alive by the
// driver's list and by its own operations.
//
// Invariant: unsent answers are bounded; a peer that does not read them is held up, and dropped
// when it has read none for write_patience.
#pragma once

#include <asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "drivers/frame_lane.h"

namespace storeward {

class TcpConnection : public std::enable_shared_from_this<TcpConnection> {
 public:
  static constexpr std::size_t enough_unsent_bytes = 16u * 1024;  // then no frame more is taken
  static constexpr Millis write_patience{30'000};  // without any of an answer being taken
  static constexpr Millis farewell{2'000};         // for a refused peer to read why,
  static constexpr std::size_t max_unheard_bytes = 1u << 20;  // unless it goes on talking

  struct Wires {
    std::function<void(const std::string& why)> on_trouble;  // it is refused or dropped
    std::function<void(TcpConnection&)> on_end;              // once
  };

  // `scratch`: to read into, shared by all connections.
  TcpConnection(asio::ip::tcp::socket socket, std::span<char> scratch, const Clock& clock,
                Wires wires);

  void start(std::shared_ptr<FrameIntake> intake, mapping::Given peer);
  void set_paused(bool paused) { lane_->set_paused(paused); }
  // Reads no more; closes once all that was taken is answered and sent.
  void finish();
  // Drops a peer that has said and taken nothing for so long.
  void drop_if_idle(Instant now, Millis idle_timeout);
  void drop(const std::string& why);  // empty: the peer has just gone

  void send(const std::string& answers);  // of its lane
  void on_lane_change();

 private:
  void read();
  void read_now();
  void write();
  void refuse();

  asio::ip::tcp::socket socket_;
  const std::span<char> scratch_;
  const Clock& clock_;
  const Wires wires_;
  std::shared_ptr<FrameLane> lane_;
  std::string unsent_;
  std::size_t unheard_bytes_ = 0;  // of a refused peer
  Instant last_active_;
  bool reading_ = false, writing_ = false;
  bool finishing_ = false, refused_ = false, closed_ = false;
};

}  // namespace storeward
