// Frames of the tcp and serial drivers (drivers/frame_cutter). The first byte of the input chooses
// the framing and the bound.
#include <string>
#include <vector>

#include "agent/base/assert.h"
#include "drivers/frame_cutter.h"
#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

struct Cut {
  std::vector<std::string> frames;
  std::string refusal;
  bool operator==(const Cut& other) const {
    return frames == other.frames && refusal == other.refusal;
  }
};

Cut cut(FrameForm form, std::size_t most, std::string_view bytes, std::size_t slice) {
  FrameCutter cutter(form, most);
  Cut found;
  while (!bytes.empty() && found.refusal.empty()) {
    const std::string_view fed = bytes.substr(0, slice);
    bytes.remove_prefix(fed.size());
    cutter.feed(fed);
    std::string_view frame;
    FrameCutter::Step step;
    while ((step = cutter.next(frame)) == FrameCutter::Step::frame) {
      ASSERT(frame.size() <= most);
      ASSERT(form == FrameForm::length || frame.find_first_of("\r\n") == std::string_view::npos);
      found.frames.emplace_back(frame);
    }
    if (step == FrameCutter::Step::refused) found.refusal = cutter.refusal();
    ASSERT(cutter.kept() <= most + 4);  // whatever was announced
  }
  return found;
}

void run(std::string_view input) {
  if (input.empty()) return;
  const auto choice = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  const FrameForm form = (choice & 1u) != 0 ? FrameForm::length : FrameForm::lines;
  const std::size_t most = 1 + (choice >> 1u);
  const Cut whole = cut(form, most, input, input.size() + 1);
  for (const std::size_t slice : {1u, 3u, 7u}) ASSERT(cut(form, most, input, slice) == whole);
}

const Registered registered({.name = "driver_frames", .max_bytes = 4096, .run = run});

}  // namespace
}  // namespace storeward::fuzz
