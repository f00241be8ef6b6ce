// Where a request begins and ends, strictly by RFC 9112, before the HTTP library sees a byte of it.
// Pure: bytes in, verdict out; one per connection.
//
// The library's parser (Debian's http-parser) takes bare line feeds, folded header lines and more,
// answers nothing when it refuses, and drops what is too large. So everything that two parsers
// could read in two ways (request smuggling), and everything beyond a limit, is refused here with a
// reason.
//
// Invariant: what is passed on is at most one request at a time and within every limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace storeward::http {

struct FramingLimits {
  std::size_t max_request_line_bytes = 8 * 1024;
  std::size_t max_header_bytes = 16 * 1024;  // request line included
  std::size_t max_header_fields = 64;
  std::size_t max_body_bytes = 1u << 20;
};

class RequestFraming {
 public:
  explicit RequestFraming(const FramingLimits& limits) : limits_(limits) {}

  enum class State : std::uint8_t {
    idle,      // no byte of a request yet
    partial,   // in the middle of one
    complete,  // the request ends after `consumed` bytes; call next() before feeding on
    refused    // status() and reason() say why; the connection is to be closed
  };

  // `consumed` says how many bytes belong to this request. Fewer than given only when complete.
  State feed(std::string_view bytes, std::size_t& consumed);
  void next();

  State state() const { return state_; }
  int status() const { return status_; }
  std::string_view reason() const { return reason_; }

  // Bytes of the body announced so far (Content-Length, or the chunks seen).
  std::uint64_t body_announced() const { return body_bytes_; }

  // The client waits for "100 Continue" before it sends the body. True once per request.
  bool take_expects_continue();

 private:
  enum class Part : std::uint8_t {
    request_line,
    headers,
    body,
    chunk_size,
    chunk_data,
    chunk_end,
    trailers
  };

  State refuse(int status, std::string_view reason);
  State take_line(std::string_view line);
  State request_line(std::string_view line);
  State header_line(std::string_view line);
  State headers_end();
  State known_header(std::string_view name, std::string_view value);
  State content_length(std::string_view value);
  State chunk_size_line(std::string_view line);
  State too_long();
  State begin_body(std::uint64_t bytes, Part part);

  FramingLimits limits_;
  State state_ = State::idle;
  Part part_ = Part::request_line;
  std::string line_;  // the part of a line that came with an earlier read
  std::size_t header_bytes_ = 0;
  std::size_t header_fields_ = 0;
  std::uint64_t body_bytes_ = 0;  // so far announced
  std::uint64_t left_ = 0;        // of the body or chunk
  bool http_1_0_ = false;
  bool has_length_ = false, chunked_ = false, has_host_ = false, has_authorization_ = false;
  bool has_content_type_ = false;
  bool expects_continue_ = false;
  bool skipped_blank_ = false;
  int status_ = 0;
  std::string_view reason_;  // always a literal
};

}  // namespace storeward::http
