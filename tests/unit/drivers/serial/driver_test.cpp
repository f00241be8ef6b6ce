#include "drivers/serial/driver.h"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>

#include "drivers/serial/tty.h"
#include "tests/support/io_thread.h"
#include "tests/unit/drivers/store_stub.h"

using namespace storeward;
using storeward::testing::IoThread;
using storeward::testing::plan_of;
using storeward::testing::raw_of;
using storeward::testing::StoreStub;

namespace {

// A pseudo-terminal: the test is the scanner at its other end.
class Scanner {
 public:
  Scanner() : master_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    REQUIRE(master_ >= 0);
    REQUIRE(::grantpt(master_) == 0);
    REQUIRE(::unlockpt(master_) == 0);
    device_ = ::ptsname(master_);
  }
  ~Scanner() { unplug(); }

  void unplug() {
    if (master_ >= 0) ::close(master_);
    master_ = -1;
  }
  void send(std::string_view bytes) {
    REQUIRE(::write(master_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  std::string receive(std::size_t count) {
    std::string bytes;
    pollfd ready{.fd = master_, .events = POLLIN, .revents = 0};
    while (bytes.size() < count && ::poll(&ready, 1, 5000) == 1) {
      char some[64];
      const ssize_t read = ::read(master_, some, sizeof some);
      if (read <= 0) break;
      bytes.append(some, static_cast<std::size_t>(read));
    }
    return bytes;
  }
  bool has_echoed() {
    pollfd ready{.fd = master_, .events = POLLIN, .revents = 0};
    return ::poll(&ready, 1, 50) == 1;
  }
  const std::string& device() const { return device_; }

 private:
  int master_;
  std::string device_;
};

struct Bench {
  explicit Bench(const std::string& device, Acknowledge acknowledge = Acknowledge::none) {
    io.run([&] {
      driver = std::make_unique<SerialDriver>(
          SerialOptions{.device = device,
                        .baud = 9600,
                        .frames = {.max_frame_bytes = 100, .acknowledge = acknowledge},
                        .first_pause = Millis{10},
                        .longest_pause = Millis{40}},
          plan_of("scanner-lines"), store.host());
      driver->start();
    });
  }
  ~Bench() {
    io.run([&] {
      store.waiting.clear();
      driver.reset();
    });
  }
  void wait_until(const std::function<bool()>& condition) {
    for (int i = 0; i < 2500 && !io.run(condition); ++i) {
      std::this_thread::sleep_for(Millis{2});
    }
    CHECK(io.run(condition));
  }
  DriverHealth health() {
    return io.run([&] { return driver->health(); });
  }

  IoThread io;
  StoreStub store{io.io()};
  std::unique_ptr<SerialDriver> driver;
};

}  // namespace

TEST_CASE("a scanner's lines become events, byte for byte", "[serial]") {
  Scanner scanner;
  Bench bench(scanner.device());
  scanner.send(
      "]C10104012345000023\x1D"
      "10LOT\r40123");
  scanner.send("45000016\r\n");
  bench.wait_until([&] { return bench.store.events.size() == 2; });
  CHECK(raw_of(bench.store.events[0]) == R"(]C10104012345000023\u001d10LOT)");
  CHECK(raw_of(bench.store.events[1]) == "4012345000016");
  CHECK(bench.store.events[0].bytes.find("2026-11-2") != std::string::npos);
  CHECK_FALSE(scanner.has_echoed());
}

TEST_CASE("a scanner that asks for it hears ACK after the commit", "[serial]") {
  Scanner scanner;
  Bench bench(scanner.device(), Acknowledge::byte);
  bench.store.at_once = false;
  scanner.send("a\r");
  bench.wait_until([&] { return bench.store.waiting.size() == 1; });
  CHECK_FALSE(scanner.has_echoed());
  bench.io.run([&] { bench.store.answer(); });
  CHECK(scanner.receive(1) == "\x06");
}

TEST_CASE("an unplugged scanner is found again, and half a line of before is nothing", "[serial]") {
  const auto link =
      std::filesystem::temp_directory_path() / ("storeward-serial-" + std::to_string(::getpid()));
  auto first = std::make_unique<Scanner>();
  std::filesystem::create_symlink(first->device(), link);
  Bench bench(link.string());
  first->send("a\rhalf");
  bench.wait_until([&] { return bench.store.events.size() == 1; });
  std::filesystem::remove(link);
  first->unplug();
  bench.wait_until([&] { return bench.driver->health().state == DriverState::failing; });
  bench.wait_until([&] {
    return bench.driver->health().detail.find("is not there: is it plugged in?") !=
           std::string::npos;
  });
  Scanner second;
  std::filesystem::create_symlink(second.device(), link);
  bench.wait_until([&] { return bench.driver->health().state == DriverState::ok; });
  second.send("b\r");
  bench.wait_until([&] { return bench.store.events.size() == 2; });
  CHECK(raw_of(bench.store.events[1]) == "b");
  std::filesystem::remove(link);
}

TEST_CASE("a device belongs to one program at a time", "[serial]") {
  Scanner scanner;
  Bench bench(scanner.device());
  CHECK(bench.health().state == DriverState::ok);
  const auto second = open_tty(scanner.device(), 9600);
  REQUIRE_FALSE(second);
  CHECK(second.error().message.find("is taken by another program") != std::string::npos);
  const auto no_tty = open_tty("/dev/null", 9600);
  REQUIRE_FALSE(no_tty);
  CHECK(no_tty.error().message == "/dev/null is no serial line");
}

TEST_CASE("a line that cannot be stored now waits, and those behind it", "[serial]") {
  Scanner scanner;
  Bench bench(scanner.device());
  bench.store.at_once = false;
  for (int i = 0; i < 20; ++i) scanner.send(std::to_string(i) + "\r");
  bench.wait_until([&] { return bench.store.waiting.size() == 1; });
  bench.io.run([&] { bench.store.answer_with(Unexpected{SubmitFailure{"full", 0}}); });
  bench.wait_until([&] {
    if (!bench.store.waiting.empty()) bench.store.answer();
    return bench.store.events.size() == 20;
  });
  for (std::size_t i = 0; i < 20; ++i) CHECK(raw_of(bench.store.events[i]) == std::to_string(i));
}

TEST_CASE("noise without a line end is dropped at a bound, and scanning goes on", "[serial][F43]") {
  Scanner scanner;
  Bench bench(scanner.device());
  scanner.send(std::string(500, 'x'));
  bench.wait_until([&] { return bench.driver->health().state == DriverState::failing; });
  CHECK(bench.health().detail.find("sent a line without an end after 100 bytes") !=
        std::string::npos);
  scanner.send("\ra\r");
  bench.wait_until([&] { return !bench.store.events.empty(); });
  CHECK(bench.health().state == DriverState::ok);
}

TEST_CASE("of a line that is too long nothing is taken, its end neither", "[serial][F43]") {
  Scanner scanner;
  Bench bench(scanner.device());
  scanner.send(std::string(150, 'x'));
  bench.wait_until([&] { return bench.driver->health().state == DriverState::failing; });
  scanner.send(std::string(150, 'x') + "tail");
  scanner.send("end\r" + std::string(101, 'y') + "\rnext\r");
  bench.wait_until([&] { return !bench.store.events.empty(); });
  bench.wait_until([&] { return bench.driver->health().state == DriverState::ok; });
  REQUIRE(bench.store.events.size() == 1);
  CHECK(raw_of(bench.store.events[0]) == "next");
}
