#include "drivers/frame_cutter.h"

#include <algorithm>

#include "agent/base/assert.h"

namespace storeward {
namespace {

constexpr std::size_t head_bytes = 4;

}  // namespace

void FrameCutter::feed(std::string_view bytes) {
  bytes_.erase(0, begin_);
  scanned_ -= std::min(scanned_, begin_);
  begin_ = 0;
  bytes_ += bytes;
}

FrameCutter::Step FrameCutter::next(std::string_view& frame) {
  if (!refusal_.empty()) return Step::refused;
  return form_ == FrameForm::lines ? next_line(frame) : next_counted(frame);
}

FrameCutter::Step FrameCutter::next_line(std::string_view& frame) {
  for (;;) {
    const std::size_t end = bytes_.find_first_of("\r\n", std::max(begin_, scanned_));
    const bool found = end != std::string::npos;
    scanned_ = found ? end + 1 : bytes_.size();
    if (passing_over_) {
      begin_ = scanned_;
      passing_over_ = !found;
      if (!found) return Step::need_more;
      continue;
    }
    if ((found ? end : bytes_.size()) - begin_ > max_frame_bytes_) {
      begin_ = scanned_;
      passing_over_ = !found;
      return refuse("a line without an end after " + std::to_string(max_frame_bytes_) + " bytes");
    }
    if (!found) return Step::need_more;
    frame = std::string_view(bytes_).substr(begin_, end - begin_);
    begin_ = end + 1;
    if (!frame.empty()) return Step::frame;
  }
}

FrameCutter::Step FrameCutter::next_counted(std::string_view& frame) {
  if (kept() < head_bytes) return Step::need_more;
  std::uint32_t length = 0;
  for (std::size_t i = 0; i < head_bytes; ++i) {
    length = length << 8 | static_cast<unsigned char>(bytes_[begin_ + i]);
  }
  if (length > max_frame_bytes_) {
    forget();
    return refuse("a frame of " + std::to_string(length) + " bytes is announced, at most " +
                  std::to_string(max_frame_bytes_) + " are taken");
  }
  if (kept() - head_bytes < length) return Step::need_more;
  frame = std::string_view(bytes_).substr(begin_ + head_bytes, length);
  begin_ += head_bytes + length;
  return Step::frame;
}

FrameCutter::Step FrameCutter::refuse(const std::string& what) {
  refusal_ = what;
  return Step::refused;
}

void FrameCutter::resume() {
  ASSERT(form_ == FrameForm::lines && !refusal_.empty());
  refusal_.clear();
}

void FrameCutter::forget() {
  passing_over_ = false;
  begin_ = scanned_ = 0;
  bytes_.clear();
  bytes_.shrink_to_fit();
  refusal_.clear();
}

}  // namespace storeward
