// Where an HTTP request begins and ends (agent/http/framing): the same in whatever pieces it comes,
// and nothing that two parsers could read in two ways.
#include "agent/http/framing.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "agent/base/assert.h"
#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

using http::RequestFraming;
using State = RequestFraming::State;

constexpr http::FramingLimits limits{256, 1024, 8, 4096};  // small: to be reached

struct Verdict {
  State state = State::idle;
  int status = 0;
  std::string_view reason;
  std::size_t request_bytes = 0;  // where complete
  std::uint64_t body_bytes = 0;
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

// Reads one request that comes in pieces of `piece` bytes.
Verdict read_in_pieces(std::string_view bytes, std::size_t piece) {
  RequestFraming framing(limits);
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::string_view given = bytes.substr(at, piece);
    std::size_t consumed = 0;
    const State state = framing.feed(given, consumed);
    ASSERT(consumed <= given.size() && state == framing.state());
    at += consumed;
    if (state == State::complete || state == State::refused) break;
    ASSERT(consumed == given.size() && state == State::partial);
  }
  const State state = framing.state();
  if (state == State::refused) return {state, framing.status(), framing.reason(), 0, 0};
  return {state, 0, {}, state == State::complete ? at : 0, framing.body_announced()};
}

std::size_t count_of(std::string_view text, std::string_view word) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(word, at)) != text.npos; ++at) ++count;
  return count;
}

// What RFC 9112 says of a request's length, read again and differently.
void check_unambiguous(std::string_view request, std::uint64_t body_bytes) {
  ASSERT(body_bytes <= limits.max_body_bytes);
  const std::size_t start = request.starts_with("\r\n") ? 2 : 0;
  const std::size_t head_end = request.find("\r\n\r\n", start);
  ASSERT(head_end != request.npos);
  std::string head(request.substr(0, head_end + 4));
  ASSERT(head.size() <= limits.max_header_bytes);
  for (std::size_t i = 0; i < head.size(); ++i) {
    ASSERT(head[i] != '\0');
    ASSERT(head[i] != '\n' || head[i - 1] == '\r');
    ASSERT(head[i] != '\r' || head[i + 1] == '\n');
  }
  std::transform(head.begin(), head.end(), head.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::size_t lengths = count_of(head, "\ncontent-length:");
  const std::size_t encodings = count_of(head, "\ntransfer-encoding:");
  ASSERT(lengths + encodings <= 1);
  ASSERT(count_of(head, "\nhost:") <= 1 && count_of(head, "\nauthorization:") <= 1);
  ASSERT(count_of(head, "\n ") == 0 && count_of(head, "\n\t") == 0);
  ASSERT(count_of(head, " :") == 0 || count_of(head, " :") <= count_of(head, ":") - 1);
  const std::size_t behind_head = request.size() - head.size();
  if (encodings == 0) ASSERT(behind_head == body_bytes);
  if (lengths + encodings == 0) ASSERT(behind_head == 0);
}

void run(std::string_view bytes) {
  // Requests that follow each other on one connection, as the session takes them.
  for (int requests = 0; !bytes.empty() && requests < 8; ++requests) {
    const Verdict whole = read_in_pieces(bytes, bytes.size());
    ASSERT(read_in_pieces(bytes, 1) == whole);
    ASSERT(read_in_pieces(bytes, 7) == whole);
    if (whole.state == State::refused) {
      ASSERT(whole.status >= 400 && whole.status <= 505 && !whole.reason.empty());
      return;
    }
    if (whole.state != State::complete) return;
    const std::string_view request = bytes.substr(0, whole.request_bytes);
    check_unambiguous(request, whole.body_bytes);
    ASSERT(read_in_pieces(request, request.size()) == whole);
    ASSERT(read_in_pieces(request.substr(0, request.size() - 1), 64).state != State::complete);
    bytes.remove_prefix(whole.request_bytes);
  }
}

const Registered registered({"http_framing", 16u << 10, run});

}  // namespace
}  // namespace storeward::fuzz
