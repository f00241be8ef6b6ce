// The frames between the agent and its line to the broker (agent/link/link_frames): the line reads
// a lying broker's bytes and may be taken over by them, so nothing that it says may harm the agent.
// The same frames come out in whatever pieces they go in; what is read is written back as it was.
#include "agent/link/link_frames.h"

#include <string>
#include <vector>

#include "agent/base/assert.h"
#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

struct Found {
  std::vector<std::string> bodies;
  bool refused = false;
  friend bool operator==(const Found&, const Found&) = default;
};

Found read_in_pieces(std::string_view bytes, std::size_t piece) {
  LinkFrameReader reader;
  Found found;
  for (std::size_t at = 0; at < bytes.size() && !found.refused; at += piece) {
    reader.add(bytes.substr(at, piece));
    for (;;) {
      const auto body = reader.next();
      if (!body) ASSERT(!body.error().message.empty());
      found.refused = !body;
      if (!body || !*body) break;
      found.bodies.emplace_back(**body);
    }
  }
  return found;
}

// Read again and differently: from the lengths alone.
Found walk(std::string_view bytes) {
  Found found;
  while (bytes.size() >= 4) {
    std::size_t length = 0;
    for (int i = 3; i >= 0; --i) length = length << 8 | static_cast<unsigned char>(bytes[i]);
    found.refused = length > most_frame_bytes;
    if (found.refused || bytes.size() < 4 + length) break;
    found.bodies.emplace_back(bytes.substr(4, length));
    bytes.remove_prefix(4 + length);
  }
  return found;
}

std::string body_of(const LinkFrame& frame) {
  const std::string whole = frame.head + (frame.rest ? *frame.rest : "");
  ASSERT(whole.size() == frame.size());
  return whole.substr(4);
}

template <typename Frame>
void check_writing(const Result<Frame>& frame, std::string_view body) {
  if (frame) {
    ASSERT(body_of(encode(*frame)) == body);
  } else {
    ASSERT(!frame.error().message.empty());
  }
}

void run(std::string_view bytes) {
  const Found found = read_in_pieces(bytes, bytes.size() + 1);
  ASSERT(found == walk(bytes));
  for (const std::size_t piece : {1u, 3u, 64u}) ASSERT(found == read_in_pieces(bytes, piece));
  for (const std::string& body : found.bodies) {
    check_writing(decode_command(body), body);
    check_writing(decode_report(body), body);
  }
}

const Registered registered({"link_frames", 16u << 10, run});

}  // namespace
}  // namespace storeward::fuzz
