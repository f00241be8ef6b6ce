#include "agent/http/framing.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "agent/base/ascii.h"

namespace storeward::http {
namespace {

using State = RequestFraming::State;

constexpr std::size_t max_chunk_line_bytes = 64;

// RFC 9110 5.6.2
constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = table[c - 32] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr std::array<bool, 256> token_table = make_token_table();

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return token_table[static_cast<unsigned char>(c)];
  });
}

bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
  });
}

bool is_known_method(std::string_view method) {
  static constexpr std::array<std::string_view, 8> known = {"GET",   "HEAD",   "POST",    "PUT",
                                                            "PATCH", "DELETE", "OPTIONS", "TRACE"};
  return std::find(known.begin(), known.end(), method) != known.end();
}

}  // namespace

void RequestFraming::next() {
  *this = RequestFraming(limits_);
}

bool RequestFraming::take_expects_continue() {
  const bool expects = expects_continue_ && state_ == State::partial &&
                       (part_ == Part::body || part_ == Part::chunk_size);
  if (expects) expects_continue_ = false;
  return expects;
}

State RequestFraming::refuse(int status, std::string_view reason) {
  status_ = status;
  reason_ = reason;
  return state_ = State::refused;
}

State RequestFraming::feed(std::string_view bytes, std::size_t& consumed) {
  std::size_t at = 0;
  if (!bytes.empty() && state_ == State::idle) state_ = State::partial;
  while (at < bytes.size() && state_ == State::partial) {
    if (part_ == Part::body || part_ == Part::chunk_data) {
      const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - at));
      at += step;
      left_ -= step;
      if (left_ == 0) {
        if (part_ == Part::body) state_ = State::complete;
        part_ = Part::chunk_end;
      }
      continue;
    }
    const char* const from = bytes.data() + at;
    const void* const found = std::memchr(from, '\n', bytes.size() - at);
    const std::size_t length =
        found != nullptr ? static_cast<std::size_t>(static_cast<const char*>(found) - from) + 1
                         : bytes.size() - at;
    at += length;
    const bool in_header =
        part_ == Part::request_line || part_ == Part::headers || part_ == Part::trailers;
    if (in_header) header_bytes_ += length;
    if (line_.size() + length > (part_ == Part::request_line ? limits_.max_request_line_bytes
                                 : in_header                 ? limits_.max_header_bytes
                                                             : max_chunk_line_bytes) ||
        header_bytes_ > limits_.max_header_bytes) {
      too_long();
      break;
    }
    if (found == nullptr) {
      line_.append(from, length);
      break;
    }
    if (line_.empty()) {
      take_line(std::string_view(from, length));
    } else {
      const std::string line = std::move(line_.append(from, length));
      line_.clear();
      take_line(line);
    }
  }
  consumed = at;
  return state_;
}

State RequestFraming::too_long() {
  if (part_ == Part::request_line) return refuse(414, "the request line is too long");
  if (part_ == Part::headers || part_ == Part::trailers) {
    return refuse(431, "the header fields are too long");
  }
  return refuse(400, "a chunk-size line is too long");
}

State RequestFraming::take_line(std::string_view line) {
  line.remove_suffix(1);
  if (line.empty() || line.back() != '\r') {
    return refuse(400, "a line ends with a bare line feed instead of CR LF");
  }
  line.remove_suffix(1);
  switch (part_) {
    case Part::request_line:
      return request_line(line);
    case Part::headers:
      return line.empty() ? headers_end() : header_line(line);
    case Part::chunk_size:
      return chunk_size_line(line);
    case Part::chunk_end:
      if (!line.empty()) return refuse(400, "a chunk is longer than its announced size");
      part_ = Part::chunk_size;
      return state_;
    case Part::trailers:
      return line.empty() ? state_ = State::complete : header_line(line);
    default:
      return state_;
  }
}

State RequestFraming::request_line(std::string_view line) {
  if (line.empty()) {  // RFC 9112 2.2: one blank line before a request is to be ignored
    if (skipped_blank_) return refuse(400, "blank lines instead of a request");
    skipped_blank_ = true;
    return state_;
  }
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return refuse(400, "the request line is not METHOD TARGET VERSION");
  }
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(method)) return refuse(400, "the method is not a token");
  const bool printable =
      std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  if (target.empty() || !printable) {
    return refuse(400, "the request target holds a character that must be percent-encoded");
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return version.starts_with("HTTP/")
               ? refuse(505, "only HTTP/1.1 and HTTP/1.0 are spoken here")
               : refuse(400, "the request line is not METHOD TARGET VERSION");
  }
  if (!is_known_method(method)) return refuse(501, "the method is not known here");
  if (target.front() != '/') return refuse(400, "the request target must begin with /");
  http_1_0_ = version == "HTTP/1.0";
  part_ = Part::headers;
  return state_;
}

State RequestFraming::header_line(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') {
    return refuse(400, "a header field is folded over several lines");
  }
  if (++header_fields_ > limits_.max_header_fields) return refuse(431, "too many header fields");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return refuse(400, "a header field is not NAME: VALUE");
  }
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (!is_field_value(value)) return refuse(400, "a header field holds a control character");
  if (part_ == Part::trailers) return state_;
  return known_header(line.substr(0, colon), value);
}

State RequestFraming::known_header(std::string_view name, std::string_view value) {
  if (equals_lower(name, "content-length")) return content_length(value);
  if (equals_lower(name, "transfer-encoding")) {
    if (chunked_) return refuse(400, "Transfer-Encoding is given twice");
    if (!equals_lower(value, "chunked"))
      return refuse(501, "the only Transfer-Encoding known is chunked");
    chunked_ = true;
  } else if (equals_lower(name, "host")) {
    if (has_host_) return refuse(400, "Host is given twice");
    has_host_ = true;
  } else if (equals_lower(name, "authorization")) {
    if (has_authorization_) return refuse(400, "Authorization is given twice");
    has_authorization_ = true;
  } else if (equals_lower(name, "content-type")) {
    if (has_content_type_) return refuse(400, "Content-Type is given twice");
    has_content_type_ = true;
  } else if (equals_lower(name, "expect")) {
    if (!equals_lower(value, "100-continue"))
      return refuse(417, "the only Expect known is 100-continue");
    expects_continue_ = !http_1_0_;
  }
  return state_;
}

State RequestFraming::content_length(std::string_view value) {
  if (has_length_) return refuse(400, "Content-Length is given twice");
  const bool digits = all_digits(value);
  if (!digits || value.size() > 18) {
    return digits ? refuse(413, "the body is too large")
                  : refuse(400, "Content-Length is not a number");
  }
  has_length_ = true;
  for (const char c : value) body_bytes_ = body_bytes_ * 10 + static_cast<unsigned>(c - '0');
  return state_;
}

State RequestFraming::headers_end() {
  if (has_length_ && chunked_) {
    return refuse(400, "Content-Length and Transfer-Encoding exclude each other");
  }
  if (chunked_ && http_1_0_) return refuse(400, "HTTP/1.0 has no Transfer-Encoding");
  if (!has_host_ && !http_1_0_) return refuse(400, "Host is missing");
  if (body_bytes_ > limits_.max_body_bytes) return refuse(413, "the body is too large");
  if (chunked_) {
    part_ = Part::chunk_size;
    return state_;
  }
  if (body_bytes_ == 0) return state_ = State::complete;
  return begin_body(body_bytes_, Part::body);
}

State RequestFraming::begin_body(std::uint64_t bytes, Part part) {
  left_ = bytes;
  part_ = part;
  return state_;
}

// chunk-size [ ";" extension ]; extensions mean nothing to us, and nobody honest sends them.
State RequestFraming::chunk_size_line(std::string_view line) {
  if (line.empty() || line.size() > 8) return refuse(400, "a chunk size is not a short hex number");
  std::uint64_t size = 0;
  for (const char c : line) {
    const int digit = hex_value(c);
    if (digit < 0) return refuse(400, "a chunk size is not a short hex number");
    size = size << 4 | static_cast<unsigned>(digit);
  }
  body_bytes_ += size;
  if (body_bytes_ > limits_.max_body_bytes) return refuse(413, "the body is too large");
  if (size == 0) {
    part_ = Part::trailers;
    return state_;
  }
  return begin_body(size, Part::chunk_data);
}

}  // namespace storeward::http
