#include "drivers/tcp/driver.h"

#include <sys/socket.h>

#include <catch2/catch.hpp>

#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>

#include "tests/support/io_thread.h"
#include "tests/unit/drivers/store_stub.h"

using namespace storeward;
using asio::ip::tcp;
using storeward::testing::IoThread;
using storeward::testing::plan_of;
using storeward::testing::StoreStub;

namespace {

const auto loopback = asio::ip::make_address("127.0.0.1");

// A driver on a free port; the test is the blocking peer.
struct Bench {
  explicit Bench(TcpOptions options = {},
                 std::shared_ptr<const FeedPlan> plan = plan_of("scanner-lines")) {
    options.address = loopback;
    io.run([&] {
      driver = std::make_unique<TcpDriver>(options, plan, store.host());
      driver->start();
      port = driver->port();
    });
  }
  ~Bench() {
    io.run([&] {
      store.waiting.clear();
      driver.reset();
    });
  }
  std::size_t connections() {
    return io.run([&] { return driver->connections(); });
  }
  void wait_until(const std::function<bool()>& condition) {
    for (int i = 0; i < 15'000 && !io.run(condition); ++i) {
      std::this_thread::sleep_for(Millis{2});
    }
    CHECK(io.run(condition));
  }

  IoThread io;
  StoreStub store{io.io()};
  std::unique_ptr<TcpDriver> driver;
  std::uint16_t port = 0;
};

class Peer {
 public:
  explicit Peer(std::uint16_t port, int receive_buffer = 0, Millis patience_for = Millis{10'000})
      : socket_(io_) {
    socket_.open(tcp::v4());
    if (receive_buffer != 0) {
      socket_.set_option(asio::socket_base::receive_buffer_size(receive_buffer));
    }
    socket_.connect({loopback, port});
    timeval patience{.tv_sec = patience_for.count() / 1000,
                     .tv_usec = patience_for.count() % 1000 * 1000};
    for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
      ::setsockopt(socket_.native_handle(), SOL_SOCKET, option, &patience, sizeof patience);
    }
  }

  bool send(std::string_view bytes) {
    return ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  // Empty: closed, or nothing within the time.
  std::string line() {
    while (ahead_.find('\n') == std::string::npos && receive()) {
    }
    const std::size_t end = ahead_.find('\n');
    if (end == std::string::npos) return {};
    const std::string line = ahead_.substr(0, end);
    ahead_.erase(0, end + 1);
    return line;
  }
  std::string rest() {
    while (receive()) {
    }
    return std::exchange(ahead_, {});
  }
  void half_close() { socket_.shutdown(tcp::socket::shutdown_send); }

 private:
  bool receive() {
    char bytes[4096];
    const ssize_t count = ::recv(socket_.native_handle(), bytes, sizeof bytes, 0);
    if (count > 0) ahead_.append(bytes, static_cast<std::size_t>(count));
    return count > 0;
  }

  asio::io_context io_;
  tcp::socket socket_;
  std::string ahead_;
};

}  // namespace

TEST_CASE("a peer hears OK after the commit of its line", "[tcp][F43]") {
  Bench bench;
  bench.store.at_once = false;
  Peer peer(bench.port);
  peer.send("4012345000016\r\n");
  bench.wait_until([&] { return bench.store.waiting.size() == 1; });
  bench.io.run([&] { bench.store.answer(); });
  CHECK(peer.line() == "OK 1 stored");
}

TEST_CASE("a frame of nothing but a used number is answered after its commit", "[tcp]") {
  Bench bench({}, storeward::testing::plan_of_used_numbers());
  bench.store.at_once = false;
  Peer peer(bench.port);
  peer.send("17\r\n");
  bench.wait_until([&] { return bench.store.waiting.size() == 1; });
  bench.io.run([&] {
    CHECK(bench.store.waiting.front().items.empty());
    bench.store.answer_with(Unexpected{SubmitFailure{.reason = "no space", .retry_after_s = 7}});
  });
  CHECK(peer.line() == "LATER 7");
  peer.send("17\r\n");
  bench.wait_until([&] { return bench.store.waiting.size() == 1; });
  bench.io.run([&] { bench.store.answer(); });
  CHECK(peer.line() == "IGNORED training");
  CHECK(bench.io.run([&] { return bench.store.numbers.size(); }) == 1);
}

TEST_CASE("a peer that sends and half-closes reads all its answers", "[tcp]") {
  Bench bench;
  Peer peer(bench.port);
  peer.send("a\nb\nhalf a line");
  peer.half_close();
  CHECK(peer.rest() == "OK 1 stored\nOK 1 stored\n");
  bench.wait_until([&] { return bench.driver->connections() == 0; });
  CHECK(bench.io.run([&] { return bench.store.events.size(); }) == 2);
}

TEST_CASE("a frame of 4 GB is refused with its reason and the others go on", "[tcp][F43]") {
  Bench bench({.frames = {.form = FrameForm::length}});
  Peer other(bench.port);
  Peer peer(bench.port);
  peer.send(std::string("\0\0\0\1a\xFF\xFF\xFF\xFF", 9) + std::string(100'000, 'x'));
  const std::string answers = peer.rest();
  CHECK(answers.starts_with("OK 1 stored\nREFUSED a frame of 4294967295 bytes is announced"));
  other.send(std::string("\0\0\0\1b", 5));
  CHECK(other.line() == "OK 1 stored");
  const DriverHealth health = bench.io.run([&] { return bench.driver->health(); });
  CHECK(health.state == DriverState::ok);
  CHECK(health.detail.find("127.0.0.1: a frame of 4294967295 bytes") != std::string::npos);
}

TEST_CASE("garbage is an exception or refused, and nobody falls", "[tcp][F43]") {
  Bench bench({.frames = {.max_frame_bytes = 1000}});
  Peer peer(bench.port);
  peer.send("\x16\x03\x01\x02\n\xFF\xFE\n");
  CHECK(peer.line().starts_with("OK 1 stored"));  // bytes below 128 are text
  CHECK(peer.line().starts_with("EXCEPTION 17 "));
  peer.send(std::string(5000, '\0'));
  CHECK(peer.rest().starts_with("REFUSED "));
}

TEST_CASE("all that came in one piece is answered, however much it is", "[tcp][F43]") {
  Bench bench;
  bench.io.run([&] { bench.driver->set_paused(true); });
  Peer peer(bench.port);
  std::string burst, expected;
  for (int i = 0; i < 20'000; ++i) {
    burst += "a\n";
    expected += "LATER 30\n";
  }
  REQUIRE(peer.send(burst));
  peer.half_close();
  CHECK(peer.rest() == expected);
}

TEST_CASE("a peer that never reads is held up, and dropped in time", "[tcp][F43]") {
  Bench bench;
  Peer other(bench.port);
  Peer peer(bench.port, 4096, Millis{500});
  std::string burst;
  for (int i = 0; i < 2000; ++i) burst += "4012345000016\n";
  for (int i = 0; i < 1000 && peer.send(burst); ++i) {
  }
  CHECK(bench.io.run([&] { return bench.store.events.size(); }) < 50'000);
  CHECK(bench.connections() == 2);
  // Time passes until it is stuck: a slow machine is still answering what has come.
  bench.wait_until([&] {
    bench.store.clock.instant += Millis{1'000};
    return bench.driver->connections() == 1;
  });
  CHECK(bench.io.run([&] { return bench.driver->health().detail; }) ==
        "dropped 127.0.0.1: does not read its answers");
  other.send("a\n");
  CHECK(other.line() == "OK 1 stored");
}

TEST_CASE("what a peer leaves behind without an end is not taken, and said", "[tcp]") {
  for (const Acknowledge acknowledge : {Acknowledge::line, Acknowledge::none}) {
    Bench bench({.frames = {.acknowledge = acknowledge}});
    Peer whole(bench.port);
    whole.send("4012345000016\r\n");
    whole.half_close();
    whole.rest();
    CHECK(bench.io.run([&] { return bench.driver->health().detail; }).empty());
    Peer half(bench.port);
    half.send("4012345000023");
    half.half_close();
    CHECK(half.rest().empty());
    CHECK(bench.io.run([&] { return bench.store.events.size(); }) == 1);
    CHECK(bench.io.run([&] { return bench.driver->health().detail; }) ==
          "dropped 127.0.0.1: it ended in the middle of a frame, which was not taken; a line ends "
          "with CR or LF");
  }
}

TEST_CASE("a thousand peers are served, and one more is told LATER", "[tcp]") {
  Bench bench({.max_connections = 1000});
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 1000; ++i) peers.push_back(std::make_unique<Peer>(bench.port));
  bench.wait_until([&] { return bench.driver->connections() == 1000; });
  for (const auto& peer : peers) peer->send("a\n");
  for (const auto& peer : peers) REQUIRE(peer->line() == "OK 1 stored");
  Peer one_more(bench.port);
  CHECK(one_more.rest() == "LATER 5\n");
  CHECK(bench.io.run([&] { return bench.driver->health().detail; }) ==
        "dropped 127.0.0.1: max_connections = 1000 are open");
  peers.resize(900);
  bench.wait_until([&] { return bench.driver->connections() == 900; });
  Peer next(bench.port);
  next.send("a\n");
  CHECK(next.line() == "OK 1 stored");
}

TEST_CASE("an idle peer is closed in time, one that waits for its answer is not", "[tcp]") {
  Bench bench({.idle_timeout = Millis{60'000}});
  bench.store.at_once = false;
  Peer idle(bench.port), busy(bench.port);
  busy.send("a\n");
  bench.wait_until(
      [&] { return bench.driver->connections() == 2 && bench.store.waiting.size() == 1; });
  bench.io.run([&] { bench.store.clock.instant += Millis{61'000}; });
  CHECK(idle.rest().empty());
  CHECK(bench.connections() == 1);
  bench.io.run([&] { bench.store.answer(); });
  CHECK(busy.line() == "OK 1 stored");
}

TEST_CASE("while the outbox is full every line hears LATER at once", "[tcp]") {
  Bench bench;
  bench.io.run([&] { bench.driver->set_paused(true); });
  Peer peer(bench.port);
  peer.send("a\nb\n");
  CHECK(peer.line() == "LATER 30");
  CHECK(peer.line() == "LATER 30");
  CHECK(bench.io.run([&] { return bench.driver->health().state; }) == DriverState::paused);
  bench.io.run([&] { bench.driver->set_paused(false); });
  peer.send("a\n");
  CHECK(peer.line() == "OK 1 stored");
}

TEST_CASE("the end waits for what was taken and takes nothing new", "[tcp]") {
  Bench bench;
  bench.store.at_once = false;
  Peer peer(bench.port), idle(bench.port);
  peer.send("a\n");
  bench.wait_until([&] { return bench.store.waiting.size() == 1; });
  bench.io.run([&] { bench.driver->begin_stop(); });
  CHECK_FALSE(bench.io.run([&] { return bench.driver->idle(); }));
  CHECK(idle.rest().empty());
  peer.send("b\n");
  bench.io.run([&] { bench.store.answer(); });
  CHECK(peer.line() == "OK 1 stored");
  CHECK(peer.line().empty());
  CHECK(bench.io.run([&] { return bench.driver->idle() && bench.store.events.size() == 1; }));
}

TEST_CASE("a port that is taken is tried again, and the status says so", "[tcp]") {
  Bench holder;
  IoThread io;
  StoreStub store(io.io());
  std::unique_ptr<TcpDriver> driver;
  const DriverHealth health = io.run([&] {
    driver = std::make_unique<TcpDriver>(TcpOptions{.address = loopback, .port = holder.port},
                                         plan_of("scanner-lines"), store.host());
    driver->start();
    return driver->health();
  });
  CHECK(health.state == DriverState::failing);
  CHECK(health.detail.find("Address already in use; choose another port") != std::string::npos);
  io.run([&] { driver.reset(); });
}
