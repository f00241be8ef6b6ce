#include "agent/link/link_process.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <asio/executor_work_guard.hpp>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <optional>
#include <thread>
#include <vector>

using namespace storeward;
using namespace std::chrono_literals;

namespace {

const std::filesystem::path program = STOREWARD_BINARY_DIR "/bin/storeward-link";

// Takes one connection after the other, says CONNACK to each and counts what it brings; acks only
// when told to.
class SilentBroker {
 public:
  SilentBroker() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_, 8) == 0);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~SilentBroker() {
    ::shutdown(listener_, SHUT_RDWR);
    if (const int peer = peer_; peer >= 0) ::shutdown(peer, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  std::string url() const { return "mqtt://127.0.0.1:" + std::to_string(port_); }
  std::size_t received() const { return received_; }
  int connections() const { return connections_; }
  void acknowledge(std::uint8_t first, std::uint8_t last) {
    for (int packet = first; packet <= last; ++packet) {
      const char ack[] = {0x40, 2, 0, static_cast<char>(packet)};
      REQUIRE(::send(peer_, ack, sizeof ack, MSG_NOSIGNAL) == sizeof ack);
    }
  }

 private:
  void serve() {
    for (int peer = 0; (peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      peer_ = peer;
      ++connections_;
      received_ = 0;  // a connection before it may have left much unread when it was let go
      std::vector<char> bytes(1u << 16);
      bool greeted = false;
      for (ssize_t size = 0; (size = ::recv(peer, bytes.data(), bytes.size(), 0)) > 0;) {
        received_ += static_cast<std::size_t>(size);
        if (!std::exchange(greeted, true)) (void)::send(peer, "\x20\x03\0\0\0", 5, MSG_NOSIGNAL);
      }
      ::close(peer);
    }
  }

  int listener_, port_ = 0;
  std::atomic<int> peer_{-1}, connections_{0};
  std::atomic<std::size_t> received_{0};
  std::thread thread_;
};

// The agent's side with what it was told.
struct Line {
  explicit Line(const std::string& url, Millis silence_limit = 45s,
                const std::filesystem::path& file = program)
      : link(io,
             {.mqtt = {.urls = {url}, .client_id = "test"},
              .program = file,
              .silence_limit = silence_limit},
             events()) {}

  HubLinkEvents events() {
    return {.on_up = [this](const LinkLimits& up) { limits = up; },
            .on_down =
                [this](LinkFailure how, const std::string& why) {
                  ++downs;
                  limits.reset();
                  failure = how;
                  detail = why;
                },
            .on_broker_ack = [this](PublishId id,
                                    std::uint8_t reason) { acks.emplace_back(id, reason); },
            .on_message = [](const IncomingMessage&) {}};
  }
  template <typename Condition>
  bool until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + 15s;
    while (!condition() && std::chrono::steady_clock::now() < end) run_for(10ms);
    return condition();
  }
  void run_for(Millis time) {
    io.restart();
    io.run_for(time);
  }
  bool connects() {
    limits.reset();  // of an earlier connection that was let go: nobody tells of its end
    failure.reset();
    link.connect(0);
    return until([this] { return limits || failure; }) && limits;
  }

  asio::io_context io;
  asio::executor_work_guard<asio::io_context::executor_type> guard{io.get_executor()};
  std::optional<LinkLimits> limits;
  std::optional<LinkFailure> failure;
  std::string detail;
  int downs = 0;
  std::vector<std::pair<PublishId, std::uint8_t>> acks;
  LinkProcess link;
};

std::vector<pid_t> children() {
  std::vector<pid_t> found;
  const std::string own = std::to_string(::getpid());
  std::ifstream list("/proc/self/task/" + own + "/children");
  for (pid_t pid = 0; list >> pid;) {
    std::string name;
    std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/comm"), name);
    if (name == "storeward-link") found.push_back(pid);
  }
  return found;
}

OutgoingMessage message(std::size_t size) {
  return {.topic = "root/up/sales", .payload = std::make_shared<const std::string>(size, 'x')};
}

}  // namespace

TEST_CASE("a line that is killed is told once, and the next connect has a new one", "[mqtt][F28]") {
  SilentBroker broker;
  Line line(broker.url());
  CHECK(children().empty());  // nothing runs before it is needed
  REQUIRE(line.connects());
  REQUIRE(children().size() == 1);
  const pid_t first = children().front();
  ::kill(first, SIGKILL);
  REQUIRE(line.until([&] { return line.failure.has_value(); }));
  CHECK(line.detail.find("signal 9") != std::string::npos);
  CHECK(line.failure != LinkFailure::lost);  // nothing that was in flight is to blame
  line.run_for(300ms);
  CHECK(line.downs == 1);
  CHECK(children().empty());
  REQUIRE(line.connects());
  REQUIRE(children().size() == 1);
  CHECK(children().front() != first);
}

TEST_CASE("a line that is killed after it was let go is not told", "[mqtt][F28]") {
  SilentBroker broker;
  Line line(broker.url());
  REQUIRE(line.connects());
  line.link.disconnect();
  ::kill(children().at(0), SIGKILL);
  REQUIRE(line.until([] { return children().empty(); }));
  line.run_for(100ms);
  CHECK(line.downs == 0);
}

TEST_CASE("a line that hangs is ended, and the next connect has a new one", "[mqtt][F24]") {
  SilentBroker broker;
  Line line(broker.url(), 2'000ms);
  REQUIRE(line.connects());
  line.run_for(3'000ms);
  CHECK(line.downs == 0);  // it beats
  const pid_t first = children().at(0);
  ::kill(first, SIGSTOP);
  REQUIRE(line.until([&] { return line.failure.has_value(); }));
  CHECK(line.detail.find("no sign of life") != std::string::npos);
  REQUIRE(line.connects());
  CHECK(children().at(0) != first);
}

TEST_CASE("a line whose program is missing or is none is unreachable", "[mqtt]") {
  Line missing("mqtt://127.0.0.1:1", 45s, "/nowhere/storeward-link");
  CHECK_FALSE(missing.connects());
  CHECK(missing.failure == LinkFailure::unreachable);
  CHECK(missing.detail.find("/nowhere/storeward-link") != std::string::npos);
  std::fflush(stdout);  // the thread sanitizer writes what the child has inherited of it
  Line none("mqtt://127.0.0.1:1", 45s, "/etc/hostname");
  CHECK_FALSE(none.connects());
  CHECK(none.detail.find("cannot be executed") != std::string::npos);
  Line other("mqtt://127.0.0.1:1", 45s, "/bin/true");
  CHECK_FALSE(other.connects());
  CHECK(other.detail.find("ended with exit code 0") != std::string::npos);
}

TEST_CASE("a line is handed no more than a bound before the broker has acked", "[mqtt][F28]") {
  SilentBroker broker;
  Line line(broker.url());
  REQUIRE(line.connects());
  for (PublishId id = 1; id <= 40; ++id) line.link.publish(id, message(256u << 10));
  constexpr std::size_t window = LinkProcess::most_in_flight_bytes;
  REQUIRE(line.until([&] { return broker.received() > window - (600u << 10); }));
  line.run_for(500ms);
  CHECK(broker.received() <= window);
  broker.acknowledge(1, 15);
  REQUIRE(line.until([&] { return broker.received() > 2 * window - (800u << 10); }));
  CHECK(line.acks.size() == 15);
  line.link.disconnect();  // and nothing of it goes out on the next connection
  REQUIRE(line.connects());
  line.run_for(300ms);
  CHECK(broker.received() < 1000);
}

TEST_CASE("a message too large for any line is refused as the broker would", "[mqtt]") {
  SilentBroker broker;
  Line line(broker.url());
  REQUIRE(line.connects());
  line.link.publish(7, message(most_frame_bytes));
  CHECK(line.acks.empty());  // never while it is called
  REQUIRE(line.until([&] { return !line.acks.empty(); }));
  CHECK(line.acks.front() == std::pair<PublishId, std::uint8_t>{7, 0x95});
}

TEST_CASE("what was said last before the end still goes out, and no process is left", "[mqtt]") {
  SilentBroker broker;
  std::size_t before = 0;
  {
    Line line(broker.url());
    REQUIRE(line.connects());
    before = broker.received();
    line.link.publish(0, message(100'000));
    line.link.disconnect();
  }
  CHECK(broker.received() > before + 100'000);
  CHECK(children().empty());
}
