#include "agent/mqtt/mqtt_hub_link.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <asio/executor_work_guard.hpp>
#include <asio/steady_timer.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

using namespace storeward;

namespace {

int free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  socklen_t size = sizeof address;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(descriptor);
  return ntohs(address.sin_port);
}

bool accepts(int port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool ok = ::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(descriptor);
  return ok;
}

// A mosquitto of our own on a free port of the loopback, gone with the object.
class Mosquitto {
 public:
  explicit Mosquitto(const std::string& settings = "allow_anonymous true\n") {
    char name[] = "/tmp/storeward-mqtt-XXXXXX";
    directory_ = ::mkdtemp(name);
    port_ = free_port();
    std::string text = settings;
    for (auto at = text.find("{dir}"); at != std::string::npos; at = text.find("{dir}")) {
      text.replace(at, 5, directory_.string());
    }
    std::ofstream(directory_ / "m.conf") << "user root\nlistener " << port_ << " 127.0.0.1\n"
                                         << text;
  }
  ~Mosquitto() {
    stop();
    std::filesystem::remove_all(directory_);
  }
  void start() {
    const std::string config = (directory_ / "m.conf").string();
    pid_ = ::fork();
    if (pid_ == 0) {
      if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(1);
      ::execl("/usr/sbin/mosquitto", "mosquitto", "-c", config.c_str(), nullptr);
      ::_exit(127);
    }
    for (int i = 0; i < 100 && !accepts(port_); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    REQUIRE(accepts(port_));
  }
  void stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  // A certificate {name}.pem / {name}.key signed by authority {ca}.pem.
  void certificate(const std::string& ca, const std::string& name, const std::string& alt,
                   const std::string& days = "30") const {
    const std::string dir = directory_.string() + "/";
    shell("test -f " + dir + ca +
          ".pem || openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=" + ca +
          " -keyout " + dir + ca + ".key -out " + dir + ca + ".pem");
    shell("openssl req -newkey rsa:2048 -nodes -subj /CN=broker -keyout " + dir + name +
          ".key -out " + dir + name + ".csr");
    shell("printf 'subjectAltName=" + alt + "\\n' > " + dir + name +
          ".ext && openssl x509 -req -in " + dir + name + ".csr -CA " + dir + ca + ".pem -CAkey " +
          dir + ca + ".key -CAcreateserial -days " + days + " -extfile " + dir + name +
          ".ext -out " + dir + name + ".pem");
  }
  std::string address(const std::string& host = "127.0.0.1") const {
    return host + ":" + std::to_string(port_);
  }
  std::filesystem::path file(const std::string& name) const { return directory_ / name; }

 private:
  static void shell(const std::string& command) {
    REQUIRE(std::system(("( " + command + " ) >/dev/null 2>&1").c_str()) == 0);
  }
  std::filesystem::path directory_;
  int port_ = 0;
  pid_t pid_ = 0;
};

// The link with what it reported.
struct Line {
  explicit Line(MqttOptions options, const std::string& name = "test")
      : link(io, with_defaults(std::move(options), name), events()) {}

  static MqttOptions with_defaults(MqttOptions options, const std::string& name) {
    options.client_id = "storeward-" + name;
    options.subscriptions = {"root/ack", "root/down/#"};
    return options;
  }
  HubLinkEvents events() {
    return {.on_up = [this](const LinkLimits& up_limits) { limits = up_limits; },
            .on_down =
                [this](LinkFailure how, const std::string& why) {
                  failure = how;
                  detail = why;
                },
            .on_broker_ack = [this](PublishId id,
                                    std::uint8_t reason) { acks.emplace_back(id, reason); },
            .on_message = [this](const IncomingMessage& message) { messages.push_back(message); }};
  }
  template <typename Condition>
  bool until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(15);
    while (!condition() && std::chrono::steady_clock::now() < end) {
      io.restart();
      io.run_for(std::chrono::milliseconds(10));
    }
    return condition();
  }
  bool settled() {
    return until([this] { return limits || failure; });
  }

  asio::io_context io;
  asio::executor_work_guard<asio::io_context::executor_type> guard{io.get_executor()};
  std::optional<LinkLimits> limits;
  std::optional<LinkFailure> failure;
  std::string detail;
  std::vector<std::pair<PublishId, std::uint8_t>> acks;
  std::vector<IncomingMessage> messages;
  MqttHubLink link;
};

OutgoingMessage text(const std::string& topic, const std::string& payload) {
  return {.topic = topic, .payload = std::make_shared<const std::string>(payload)};
}

}  // namespace

TEST_CASE("a message is acknowledged and what the hub says arrives", "[mosquitto]") {
  Mosquitto broker;
  broker.start();
  const std::string protocol = GENERATE("5", "3.1.1");
  Line line({.urls = {"mqtt://" + broker.address()}, .protocol = protocol});
  line.link.connect(0);
  REQUIRE(line.settled());
  REQUIRE(line.limits);
  CHECK(line.limits->receive_maximum == (protocol == "5" ? 20 : 65535));
  line.link.publish(7, text("root/up/sales", "[]"));
  line.link.publish(0, text("root/ack", "{}"));
  CHECK(line.until([&] { return !line.acks.empty() && !line.messages.empty(); }));
  CHECK(line.acks == std::vector<std::pair<PublishId, std::uint8_t>>{{7, 0}});
  CHECK(line.messages.at(0).topic == "root/ack");
}

TEST_CASE("the link is reported lost once and a new client connects", "[mosquitto]") {
  Mosquitto broker;
  broker.start();
  Line line({.urls = {"mqtt://" + broker.address()}});
  line.link.connect(0);
  REQUIRE(line.settled());
  broker.stop();
  REQUIRE(line.until([&] { return line.failure.has_value(); }));
  CHECK(line.failure == LinkFailure::lost);
  broker.start();
  line.limits.reset();
  line.failure.reset();
  line.link.connect(0);
  REQUIRE(line.settled());
  CHECK(line.limits);
}

TEST_CASE("a publish that is not allowed is refused with its reason", "[mosquitto]") {
  Mosquitto broker("allow_anonymous true\nacl_file {dir}/acl\n");
  std::ofstream(broker.file("acl")) << "topic read root/#\n";
  broker.start();
  Line line({.urls = {"mqtt://" + broker.address()}});
  line.link.connect(0);
  REQUIRE(line.settled());
  line.link.publish(1, text("root/up/sales", "[]"));
  CHECK(line.until([&] { return !line.acks.empty(); }));
  CHECK(line.acks.at(0).second == 0x87);
}

TEST_CASE("a broker that wants a password and gets none is not_authorised", "[mosquitto]") {
  Mosquitto broker("allow_anonymous false\n");
  broker.start();
  const std::string protocol = GENERATE("5", "3.1.1");
  Line line({.urls = {"mqtt://" + broker.address()}, .protocol = protocol});
  line.link.connect(0);
  REQUIRE(line.settled());
  INFO(line.detail);
  CHECK(line.failure == LinkFailure::not_authorised);
}

TEST_CASE("a broker that is not there is unreachable", "[mosquitto]") {
  Line line({.urls = {"mqtt://127.0.0.1:" + std::to_string(free_port())}});
  line.link.connect(0);
  REQUIRE(line.settled());
  CHECK(line.failure == LinkFailure::unreachable);
}

TEST_CASE("a certificate is trusted only with the right name, authority and date",
          "[mosquitto][F29]") {
  struct Case {
    std::string alt, days, ca, says;
  };
  const Case tried = GENERATE(Case{"IP:127.0.0.1", "30", "ca", ""},
                              Case{"DNS:elsewhere.example", "30", "ca", "another name"},
                              Case{"IP:127.0.0.1", "30", "other", "not from an authority"},
                              Case{"IP:127.0.0.1", "-1", "ca", "expired"});
  Mosquitto broker(
      "allow_anonymous true\ncafile {dir}/ca.pem\ncertfile {dir}/broker.pem\nkeyfile "
      "{dir}/broker.key\n");
  broker.certificate("ca", "broker", tried.alt, tried.days);
  broker.certificate("other", "unused", "DNS:unused");
  broker.start();
  Line line({.urls = {"mqtts://" + broker.address()}, .ca_file = broker.file(tried.ca + ".pem")});
  line.link.connect(0);
  REQUIRE(line.settled());
  INFO(tried.says << " / " << line.detail);
  if (tried.says.empty()) {
    CHECK(line.limits);
  } else {
    CHECK(line.failure == LinkFailure::untrusted);
    CHECK(line.detail.find(tried.says) != std::string::npos);
  }
}

TEST_CASE("the hub thread beats though nothing happens", "[mosquitto]") {
  Line line({.urls = {"mqtt://127.0.0.1:1"}});
  std::this_thread::sleep_for(std::chrono::milliseconds(2'500));
  CHECK(line.link.heartbeat().age() < std::chrono::milliseconds(2'000));
}

TEST_CASE("what the broker sends while nobody looks is bounded", "[mosquitto]") {
  Mosquitto broker("allow_anonymous true\nmax_inflight_messages 0\nmax_queued_messages 0\n");
  broker.start();
  Line sender({.urls = {"mqtt://" + broker.address()}, .protocol = "3.1.1"}, "sender");
  Line line({.urls = {"mqtt://" + broker.address()}, .protocol = "3.1.1"});
  line.link.connect(0);
  REQUIRE(line.settled());
  sender.link.connect(0);
  REQUIRE(sender.settled());
  const std::string payload(1 << 20, 'x');
  for (PublishId id = 1; id <= 12; ++id) sender.link.publish(id, text("root/ack", payload));
  REQUIRE(sender.until([&] { return sender.acks.size() == 12; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));  // the io thread is busy elsewhere
  line.until([&] { return line.messages.size() >= 3; });
  CHECK(line.messages.size() == 3);
  sender.link.publish(13, text("root/ack", "{}"));  // and the line is open again
  CHECK(line.until([&] { return line.messages.size() == 4; }));
}

TEST_CASE("the will of the next connection is the one set last", "[mosquitto]") {
  Mosquitto broker;
  broker.start();
  Line watcher({.urls = {"mqtt://" + broker.address()}}, "watcher");
  watcher.link.connect(0);
  REQUIRE(watcher.settled());
  {
    Line line({.urls = {"mqtt://" + broker.address()},
               .will_topic = "root/down/will",
               .will_payload = "the first epoch"});
    line.link.set_will("the second epoch");
    line.link.connect(0);
    REQUIRE(line.settled());
    // Another client with the same identity: the broker drops this one and publishes its will.
    Line usurper({.urls = {"mqtt://" + broker.address()}});
    usurper.link.connect(0);
    REQUIRE(usurper.settled());
    REQUIRE(watcher.until([&] { return !watcher.messages.empty(); }));
  }
  CHECK(watcher.messages.at(0).payload == "the second epoch");
}
