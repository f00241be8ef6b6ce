#include "agent/runtime/watchdog.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/unit/store/outbox_fixture.h"

using namespace storeward;
using namespace std::chrono_literals;

namespace {

// What systemd listens on.
class NotifySocket {
 public:
  explicit NotifySocket(const std::filesystem::path& path)
      : descriptor_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.string().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    ::setenv("WATCHDOG_USEC", "40000", 1);
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  }
  ~NotifySocket() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
    ::close(descriptor_);
  }

  int feeds() {
    int count = 0;
    char text[64];
    for (ssize_t size = 0; (size = ::recv(descriptor_, text, sizeof text, 0)) > 0;) {
      count += std::string(text, static_cast<std::size_t>(size)) == "WATCHDOG=1";
    }
    return count;
  }

 private:
  int descriptor_;
};

}  // namespace

TEST_CASE("F51: systemd is fed while every thread makes progress, and no longer",
          "[watchdog][F51]") {
  store::TemporaryDirectory directory;
  NotifySocket systemd(directory.path() / "notify");
  asio::io_context io;
  Heartbeat quick, patient;
  Watchdog watchdog(io, {{"quick", &quick, 200ms}, {"patient", &patient, 1h}});
  watchdog.start();
  for (int i = 0; i < 10; ++i) {
    quick.beat();
    io.run_for(20ms);
  }
  CHECK(systemd.feeds() >= 3);
  io.run_for(300ms);  // one thread hangs; a second one's patience does not make up for it
  systemd.feeds();
  io.run_for(200ms);
  CHECK(systemd.feeds() == 0);
}
