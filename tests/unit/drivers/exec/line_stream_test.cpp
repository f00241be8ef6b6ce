#include "drivers/exec/line_stream.h"

#include <asio/io_context.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>

#include <vector>

using storeward::exec::LineStream;

namespace {

struct Ends {
  asio::io_context io;
  LineStream::Socket theirs{io}, their_input{io};
  std::shared_ptr<LineStream> lines;
  std::vector<std::string> heard;
  int cut = 0, ends = 0;

  explicit Ends(std::size_t longest = 16) {
    LineStream::Socket to(io), from(io);
    asio::local::connect_pair(to, their_input);
    asio::local::connect_pair(from, theirs);
    lines = LineStream::start(std::move(to), std::move(from), longest,
                              {.on_line =
                                   [this](std::string_view line, bool whole) {
                                     heard.emplace_back(line);
                                     cut += whole ? 0 : 1;
                                   },
                               .on_room = [] {},
                               .on_end = [this] { ++ends; }});
  }
  ~Ends() { lines->close(); }

  void say(std::string_view bytes) {
    asio::write(theirs, asio::const_buffer(bytes.data(), bytes.size()));
    io.restart();
    io.poll();
  }
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("Lines are given out whole, however they come in", "[exec]") {
  Ends ends;
  for (const char c : std::string("one\r\n\n  \ntwo\nthr")) ends.say({&c, 1});
  CHECK(ends.heard == Lines{"one\r", "two"});
  ends.say("ee\nfour\n");
  CHECK(ends.heard == Lines{"one\r", "two", "three", "four"});
  CHECK(ends.cut == 0);
}

TEST_CASE("A line that is too long is given out once, cut, and the next one whole", "[exec]") {
  Ends ends(4);
  ends.say("abcdefgh");
  ends.say("ijklmnop");
  ends.say("qr\nnext\nabcdefg\nlast\n");
  CHECK(ends.heard == Lines{"abcd", "next", "abcd", "last"});
  CHECK(ends.cut == 2);
}

TEST_CASE("While held nothing is given out, and then all in order", "[exec]") {
  Ends ends;
  ends.lines->hold(true);
  ends.say("one\ntwo\n");
  CHECK(ends.heard.empty());
  ends.lines->hold(false);
  ends.io.restart();
  ends.io.poll();
  CHECK(ends.heard == Lines{"one", "two"});
}

TEST_CASE("The end is told once, and half a line before it is nothing", "[exec]") {
  Ends ends;
  ends.say("one\nhal");
  ends.theirs.close();
  ends.io.restart();
  ends.io.poll();
  CHECK(ends.heard == Lines{"one"});
  CHECK(ends.ends == 1);
}

TEST_CASE("What the socket does not take waits in order", "[exec]") {
  Ends ends;
  std::string expected;
  for (int i = 0; i < 20'000; ++i) {
    const std::string line = "line " + std::to_string(i) + std::string(50, '.') + "\n";
    expected += line;
    ends.lines->send(line);
  }
  CHECK(ends.lines->waiting_bytes() > 0);
  ends.lines->end_writing();
  std::string got;
  ends.their_input.non_blocking(true);
  for (asio::error_code error; error != asio::error::eof;) {
    char bytes[8192];
    got.append(bytes, ends.their_input.read_some(asio::buffer(bytes), error));
    ends.io.restart();
    ends.io.poll();
  }
  CHECK(got == expected);
  CHECK(ends.lines->waiting_bytes() == 0);
}
