// LineStream: lines over a program's standard input and output, a socket each. Writes at once what
// the socket takes; the rest waits in order, for ever where the program has closed its input.
//
// Owned by the io thread; shared with its own handlers, which may come late. After close() nothing
// is called any more.
//
// Invariants: keeps at most max_line_bytes and one read of what comes, however long a line is; a
// longer one is given out once, cut. While held nothing is given out and soon nothing is read. What
// waits to be written is not bounded here: whoever sends looks at waiting_bytes().
#pragma once

#include <asio/local/stream_protocol.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace storeward::exec {

class LineStream : public std::enable_shared_from_this<LineStream> {
 public:
  using Socket = asio::local::stream_protocol::socket;

  struct Events {
    std::function<void(std::string_view line, bool whole)> on_line;  // without its end
    std::function<void()> on_room;  // something that waited has been written
    std::function<void()> on_end;   // once: nothing comes any more
  };

  // `to`: the program's input, `from`: its output.
  static std::shared_ptr<LineStream> start(Socket to, Socket from, std::size_t max_line_bytes,
                                           Events events);

  void hold(bool held);
  bool has_half_line() const { return !bytes_.empty() || skipping_; }
  void send(std::string line);
  std::size_t waiting_bytes() const { return waiting_.size() - written_; }
  void end_writing();  // once what waits is written: the program sees the end of its input
  void close();

 private:
  LineStream(Socket to, Socket from, std::size_t max_line_bytes, Events events);

  void read_later();
  void read();
  void give_out();
  bool give_out_line();
  void write();
  void write_later();

  Socket to_, from_;
  const std::size_t max_line_bytes_;
  const Events events_;
  std::string bytes_;        // read, not given out
  std::size_t scanned_ = 0;  // no line ends before this
  bool skipping_ = false;    // the rest of a line that is too long
  std::string waiting_;
  std::size_t written_ = 0;
  bool held_ = false, reading_ = false, giving_out_ = false, write_pending_ = false;
  bool ended_ = false, end_told_ = false, ending_ = false, closed_ = false;
  bool unheard_ = false;  // the program's input is closed
};

}  // namespace storeward::exec
