// FrameStream: frames over a stream socket, as both ends of the line between the agent and
// storeward-link use it. Writes at once what the socket takes; the rest waits in order.
//
// Owned by the io thread of its process; shared with its own handlers, which may come late. After
// close() nothing is called any more. What waits is not bounded here: whoever sends looks at
// waiting_bytes().
#pragma once

#include <asio/io_context.hpp>
#include <asio/local/stream_protocol.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/link/link_frames.h"

namespace storeward {

class FrameStream : public std::enable_shared_from_this<FrameStream> {
 public:
  using Socket = asio::local::stream_protocol::socket;

  struct Events {
    std::function<void(std::string_view body)> on_frame;
    // Once: the other side closed (empty), the socket failed, or what came is no frame.
    std::function<void(const std::string& why)> on_end;
  };

  // The only way to make one: reading begins at once.
  static std::shared_ptr<FrameStream> start(Socket socket, Events events);

  void send(LinkFrame frame);
  std::size_t waiting_bytes() const { return waiting_bytes_; }
  void close();

  // Blocking, for the end of the process: writes what waits, then ends the writing side; the
  // other side sees that as the end.
  void finish(Millis patience);

 private:
  FrameStream(Socket socket, Events events);

  void read_later();
  void read();
  bool give_out();
  void write();
  void end(const std::string& why);

  Socket socket_;
  const Events events_;
  LinkFrameReader reader_;
  std::deque<LinkFrame> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::size_t written_ = 0;  // of the first frame
  bool write_pending_ = false;
  bool closed_ = false;
};

}  // namespace storeward
