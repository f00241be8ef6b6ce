#include "drivers/tcp/connection.h"

#include <asio/buffer.hpp>

#include <utility>

namespace storeward {

TcpConnection::TcpConnection(asio::ip::tcp::socket socket, std::span<char> scratch,
                             const Clock& clock, Wires wires)
    : socket_(std::move(socket)),
      scratch_(scratch),
      clock_(clock),
      wires_(std::move(wires)),
      last_active_(clock.now()) {}

void TcpConnection::start(std::shared_ptr<FrameIntake> intake, mapping::Given peer) {
  lane_ =
      std::make_shared<FrameLane>(std::move(intake), std::move(peer), wires_to(weak_from_this()));
  read();
}

// Waits for readiness and reads into the one buffer of all: a thousand idle scanners hold none.
void TcpConnection::read() {
  if (reading_ || closed_ || finishing_ || !(refused_ || lane_->wants_bytes())) return;
  reading_ = true;
  socket_.async_wait(asio::ip::tcp::socket::wait_read,
                     [self = shared_from_this()](const asio::error_code& error) {
                       self->reading_ = false;
                       if (!error) self->read_now();
                     });
}

void TcpConnection::read_now() {
  if (closed_ || finishing_) return;
  if (!refused_ && !lane_->wants_bytes()) return;  // paused meanwhile
  asio::error_code error;
  const std::size_t length =
      socket_.read_some(asio::buffer(scratch_.data(), scratch_.size()), error);
  if (error == asio::error::would_block) return read();
  if (error || (refused_ && length == 0)) {
    if (const std::string half = lane_->half_frame(); !half.empty()) wires_.on_trouble(half);
    const bool may_read_on = error == asio::error::eof && !refused_;
    return may_read_on ? finish() : drop("");
  }
  if (refused_) {
    unheard_bytes_ += length;
    return unheard_bytes_ > max_unheard_bytes ? drop("") : read();
  }
  last_active_ = clock_.now();
  lane_->feed({scratch_.data(), length});
  read();
}

void TcpConnection::send(const std::string& answers) {
  if (closed_) return;
  unsent_ += answers;
  lane_->hold_up(unsent_.size() > enough_unsent_bytes);
  write();
}

void TcpConnection::write() {
  if (writing_ || closed_ || unsent_.empty()) return;
  writing_ = true;
  socket_.async_wait(asio::ip::tcp::socket::wait_write,
                     [self = shared_from_this()](const asio::error_code& failed) {
                       self->writing_ = false;
                       if (failed || self->closed_) return;
                       asio::error_code error;
                       const std::size_t sent =
                           self->socket_.write_some(asio::buffer(self->unsent_), error);
                       if (error && error != asio::error::would_block) return self->drop("");
                       if (sent > 0) self->last_active_ = self->clock_.now();
                       self->unsent_.erase(0, sent);
                       self->write();
                       self->lane_->hold_up(self->unsent_.size() > enough_unsent_bytes);
                       self->on_lane_change();
                     });
}

void TcpConnection::on_lane_change() {
  if (closed_) return;
  const bool all_said = lane_->idle() && unsent_.empty();
  if (all_said && !lane_->refusal().empty()) return refuse();
  if (all_said && finishing_) return drop("");
  read();
}

void TcpConnection::finish() {
  finishing_ = true;
  lane_->stop();
  on_lane_change();
}

// Closing with unread input would reset the connection, and the peer would lose the answer.
void TcpConnection::refuse() {
  if (std::exchange(refused_, true)) return;
  last_active_ = clock_.now();
  wires_.on_trouble(lane_->refusal());
  asio::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  read();
}

void TcpConnection::drop_if_idle(Instant now, Millis idle_timeout) {
  if (closed_) return;
  const Millis quiet = now - last_active_;
  if (refused_ && quiet >= farewell) return drop("");
  if (!unsent_.empty() && quiet >= std::min(idle_timeout, write_patience)) {
    // Reset: what it does not read would stay with the kernel.
    asio::error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    return drop("does not read its answers");
  }
  if (lane_->idle() && lane_->wants_bytes() && quiet >= idle_timeout) drop("");
}

void TcpConnection::drop(const std::string& why) {
  if (closed_) return;
  closed_ = true;
  lane_->stop();
  asio::error_code ignored;
  socket_.close(ignored);
  if (!why.empty()) wires_.on_trouble(why);
  wires_.on_end(*this);
}

}  // namespace storeward
