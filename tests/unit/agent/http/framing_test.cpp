#include "agent/http/framing.h"

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <vector>

#include "tests/support/seed.h"

using namespace storeward::http;
using State = RequestFraming::State;

namespace {

FramingLimits small_limits() {
  return {.max_request_line_bytes = 100,
          .max_header_bytes = 300,
          .max_header_fields = 5,
          .max_body_bytes = 50};
}

// 0: passed as one whole request; otherwise the status it is refused with; -1: more is needed.
int verdict(const std::string& bytes, std::size_t step = std::string::npos) {
  RequestFraming framing(small_limits());
  State state = State::idle;
  for (std::size_t at = 0; at < bytes.size() && state != State::complete;) {
    const std::string piece = bytes.substr(at, step);
    std::size_t consumed = 0;
    state = framing.feed(piece, consumed);
    if (state == State::refused) return framing.status();
    at += consumed;
  }
  return state == State::complete ? 0 : -1;
}

struct Case {
  std::string bytes;
  int expected;
};

const std::string post = "POST / HTTP/1.1\r\nHost: x\r\n";

const std::vector<Case> corpus = {
    {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 0},
    {"\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 0},
    {"GET / HTTP/1.0\r\n\r\n", 0},
    {post + "Content-Length: 3\r\n\r\nabc", 0},
    {post + "content-length:3\r\n\r\nabc", 0},
    {post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 0},
    {post + "Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\nTrailer: x\r\n\r\n", 0},
    // still on its way
    {"GET / HT", -1},
    {post + "Content-Length: 4\r\n\r\nabc", -1},
    // two lengths, two readings
    {post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400},
    {post + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400},
    {post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400},
    {post + "Content-Length: 3, 3\r\n\r\nabc", 400},
    {post + "Content-Length: +3\r\n\r\nabc", 400},
    {post + "Content-Length: -3\r\n\r\nabc", 400},
    {post + "Content-Length: 0x3\r\n\r\nabc", 400},
    {post + "Content-Length: 3 3\r\n\r\nabc", 400},
    {post + "Content-Length:\r\n\r\nabc", 400},
    {post + "Content-Length : 3\r\n\r\nabc", 400},
    {post + " Content-Length: 3\r\n\r\nabc", 400},
    {post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {post + "Transfer-Encoding: chunked, identity\r\n\r\n", 501},
    {post + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
    {post + "Transfer-Encoding: xchunked\r\n\r\n", 501},
    {post + "Transfer-Encoding : chunked\r\n\r\n", 400},
    {post + "Transfer-Encoding:\x0b"
            "chunked\r\n\r\n",
     400},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    // line ends and folding
    {"GET / HTTP/1.1\nHost: x\n\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\tc\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n", 400},
    {std::string("GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", 35), 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\n: nameless\r\n\r\n", 400},
    {"\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    // the request line
    {"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"GET / x HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"GET /\r\nHost: x\r\n\r\n", 400},
    {"GET /\xc3\xa4 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
    {"GET / HTTP/1.2\r\nHost: x\r\n\r\n", 505},
    {"get / HTTP/1.1\r\nHost: x\r\n\r\n", 501},
    {"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 501},
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    {"\x16\x03\x01\x02\r\n\r\n", 400},
    // the host
    {"GET / HTTP/1.1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n", 417},
    // limits
    {"GET /" + std::string(200, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414},
    {"GET /" + std::string(200, 'a'), 414},
    {"GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(400, 'a') + "\r\n\r\n", 431},
    {"GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(400, 'a'), 431},
    {"GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\n\r\n", 431},
    {post + "Content-Length: 51\r\n\r\n", 413},
    {post + "Content-Length: 99999999999999999999999\r\n\r\n", 413},
    {post + "Transfer-Encoding: chunked\r\n\r\n30\r\n" + std::string(48, 'a') + "\r\n30\r\n", 413},
    {post + "Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", 413},
    // chunks
    {post + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 400},
    {post + "Transfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n0\r\n\r\n", 400},
    {post + "Transfer-Encoding: chunked\r\n\r\n 3\r\nabc\r\n0\r\n\r\n", 400},
    {post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400},
    {post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400},
    {post + "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n", 400},
    {post + "Transfer-Encoding: chunked\r\n\r\n" + std::string(100, '0'), 400},
};

}  // namespace

TEST_CASE("what two parsers could read in two ways is refused", "[http][framing]") {
  for (const Case& entry : corpus) {
    INFO(entry.bytes);
    CHECK(verdict(entry.bytes) == entry.expected);
  }
}

TEST_CASE("the verdict does not depend on how the bytes are cut", "[http][framing]") {
  for (const Case& entry : corpus) {
    for (const std::size_t step : {1u, 2u, 3u, 7u}) {
      INFO(entry.bytes << " in steps of " << step);
      CHECK(verdict(entry.bytes, step) == entry.expected);
    }
  }
}

TEST_CASE("bytes of the next request are left alone", "[http][framing]") {
  RequestFraming framing(small_limits());
  const std::string first = post + "Content-Length: 3\r\n\r\nabc";
  std::size_t consumed = 0;
  REQUIRE(framing.feed(first + "GET /2", consumed) == State::complete);
  CHECK(consumed == first.size());
  framing.next();
  CHECK(framing.feed("GET /2", consumed) == State::partial);
}

TEST_CASE("a body that needs an invitation is announced once", "[http][framing]") {
  RequestFraming framing(small_limits());
  std::size_t consumed = 0;
  framing.feed(post + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n", consumed);
  CHECK(framing.take_expects_continue());
  CHECK_FALSE(framing.take_expects_continue());
}

TEST_CASE("random bytes never get past the limits", "[http][framing]") {
  std::mt19937_64 random(storeward::testing::announced_seed("framing"));
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = corpus[random() % corpus.size()].bytes;
    for (int change = 0; change < 3 && !bytes.empty(); ++change) {
      const std::size_t at = random() % bytes.size();
      switch (random() % 3) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes.erase(at, 1 + random() % 4);
          break;
        default:
          bytes.insert(at, corpus[random() % corpus.size()].bytes.substr(0, 12));
          break;
      }
    }
    const int whole = verdict(bytes);
    INFO(bytes);
    REQUIRE(verdict(bytes, 1 + random() % 9) == whole);
    if (whole == 0) REQUIRE(bytes.size() > 10);
  }
}
