// FrameCutter: the bytes of a connection or a tty -> frames, one by one. Pure; one per peer.
//
//   lines   a frame ends at a line feed or a carriage return, which are not part of it; empty
//           lines are nothing
//   length  four bytes, big-endian, say how many bytes follow; none is a frame too
//
// Invariant: keeps at most max_frame_bytes and what has last been fed. A frame that is longer is
// refused as soon as that is known, and nothing is cut behind it before resume(): where it ends is
// anybody's guess, unless it is a line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace storeward {

enum class FrameForm : std::uint8_t { lines, length };

class FrameCutter {
 public:
  FrameCutter(FrameForm form, std::size_t max_frame_bytes)
      : form_(form), max_frame_bytes_(max_frame_bytes) {}

  void feed(std::string_view bytes);

  enum class Step : std::uint8_t { frame, need_more, refused };
  // `frame` holds until the next call of feed().
  Step next(std::string_view& frame);

  const std::string& refusal() const { return refusal_; }  // in plain words
  // After a refusal, lines only: the rest of the refused one is passed over, up to its end.
  void resume();
  void forget();  // all of it: what follows is of another connection
  std::size_t kept() const { return bytes_.size() - begin_; }

 private:
  Step next_line(std::string_view& frame);
  Step next_counted(std::string_view& frame);
  Step refuse(const std::string& what);

  const FrameForm form_;
  const std::size_t max_frame_bytes_;
  std::string bytes_;
  std::size_t begin_ = 0;    // of what is not cut yet
  std::size_t scanned_ = 0;  // no line ends before this
  std::string refusal_;
  bool passing_over_ = false;  // the rest of a line that was refused
};

}  // namespace storeward
