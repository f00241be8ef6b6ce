// Session: what stands between the wire and the HTTP library on one connection. It lets through one
// well-framed request at a time, within the limits, and answers everything else itself.
// Owned by the library's connection; everything on the io thread.
#pragma once

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/http/connection_stream.h"
#include "agent/http/connection_table.h"
#include "agent/http/framing.h"

namespace storeward::http {

class Session {
 public:
  Session(std::shared_ptr<ConnectionStream> stream, std::shared_ptr<ConnectionTable> table,
          const FramingLimits& limits, Millis handshake_timeout);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  ConnectionStream& stream() { return *stream_; }
  bool is_open() const { return !closed_ && stream_->tcp().is_open(); }

  // `ready(error)` once bytes may flow. The caller keeps this session alive until then.
  template <typename Ready>
  void prepare(Ready ready);

  // Reads into `target` what may be passed on. The callback keeps this session alive.
  template <typename Callback>
  void read(asio::mutable_buffer target, Callback callback);

  // Closed by us: evicted, or the server goes away.
  void close();

  // Closed by the library: out of time, or its parser refuses what the framing let through.
  void on_library_close();

 private:
  enum class Place : std::uint8_t { nowhere, unproven, idle };

  // What of the bytes just read the library may see. 0: nothing, the connection is at its end.
  std::size_t admit(const char* bytes, std::size_t length);
  template <typename Callback>
  void deliver(asio::mutable_buffer target, std::size_t length, Callback& callback);
  std::size_t take_left_over(asio::mutable_buffer target);
  void begin_waiting();
  void refuse(int status, std::string_view reason);
  void leave_place();
  void release_buffered();

  std::shared_ptr<ConnectionStream> stream_;
  std::shared_ptr<ConnectionTable> table_;
  RequestFraming framing_;
  std::string left_over_;  // read, but of a later request
  asio::steady_timer handshake_deadline_;
  Millis handshake_timeout_;
  ConnectionTable::Places::iterator place_in_;
  Place place_ = Place::nowhere;
  std::size_t buffered_bytes_ = 0;  // of this request, as counted in the table
  bool delivering_ = false;         // the library is parsing
  bool peer_gone_ = false;
  bool closed_ = false;
};

template <typename Ready>
void Session::prepare(Ready ready) {
  if (!stream_->is_tls()) {
    ready(asio::error_code{});
    return;
  }
  handshake_deadline_.expires_after(handshake_timeout_);
  handshake_deadline_.async_wait([stream = stream_](const asio::error_code& error) {
    if (!error) stream->close();
  });
  stream_->async_handshake(
      [this, stream = stream_, ready = std::move(ready)](const asio::error_code& error) mutable {
        handshake_deadline_.cancel();
        ready(error);
      });
}

template <typename Callback>
void Session::read(asio::mutable_buffer target, Callback callback) {
  begin_waiting();
  if (!left_over_.empty()) {
    asio::post(stream_->get_executor(), [this, target, callback = std::move(callback)]() mutable {
      deliver(target, take_left_over(target), callback);
    });
    return;
  }
  stream_->async_read_some(target, [this, stream = stream_, target, callback = std::move(callback)](
                                       const asio::error_code& error, std::size_t length) mutable {
    if (error || closed_) {
      peer_gone_ = true;
      callback(closed_ ? asio::error_code(asio::error::operation_aborted) : error, 0);
    } else {
      deliver(target, length, callback);
    }
  });
}

template <typename Callback>
void Session::deliver(asio::mutable_buffer target, std::size_t length, Callback& callback) {
  if (closed_) {
    callback(asio::error_code(asio::error::operation_aborted), 0);
    return;
  }
  const std::size_t passed_on = admit(static_cast<const char*>(target.data()), length);
  if (passed_on == 0) {
    callback(asio::error_code(asio::error::connection_aborted), 0);
    return;
  }
  delivering_ = true;
  callback(asio::error_code{}, passed_on);
  delivering_ = false;
}

}  // namespace storeward::http
