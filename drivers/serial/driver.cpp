#include "drivers/serial/driver.h"

#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include "drivers/frame_lane.h"
#include "drivers/serial/tty.h"

namespace storeward {
namespace {

constexpr std::size_t read_bytes = 4096;
constexpr std::size_t max_unsent_bytes = 4096;  // of answers that the device does not take

}  // namespace

struct SerialDriver::State : std::enable_shared_from_this<State> {
  State(SerialOptions serial_options, std::shared_ptr<const FeedPlan> plan,
        const DriverHost& driver_host)
      : options(std::move(serial_options)),
        host(driver_host),
        intake(std::make_shared<FrameIntake>(options.frames, std::move(plan), host)),
        tty(host.io),
        pause_timer(host.io),
        pause(options.first_pause) {}

  void start() {
    lane = std::make_shared<FrameLane>(intake, mapping::Given{{"remote", options.device}},
                                       wires_to(weak_from_this()));
    open();
  }

  void open() {
    if (stopping) return;
    auto opened = open_tty(options.device, options.baud);
    if (!opened) return open_later(opened.error().message);
    asio::error_code error;
    tty.assign(*opened, error);
    if (!error) tty.non_blocking(true, error);
    ASSERT(!error);
    trouble.clear();
    ++opening;
    lane->begin_anew();
    read();
  }

  void open_later(const std::string& why) {
    trouble = why;
    pause_timer.expires_after(pause);
    pause = std::min(pause * 2, options.longest_pause);
    pause_timer.async_wait([weak = weak_from_this()](const asio::error_code& cancelled) {
      const auto self = weak.lock();
      if (!cancelled && self) self->open();
    });
  }

  void lost(const std::string& why) {
    if (!tty.is_open()) return;
    asio::error_code ignored;
    tty.close(ignored);
    unsent.clear();
    reading = writing = false;
    if (!stopping) open_later(options.device + ' ' + why);
  }

  void read() {
    if (reading || !tty.is_open() || !lane->wants_bytes()) return;
    reading = true;
    tty.async_wait(asio::posix::stream_descriptor::wait_read,
                   [weak = weak_from_this(), of = opening](const asio::error_code& error) {
                     const auto self = weak.lock();
                     if (!self || of != self->opening || !self->tty.is_open()) return;
                     self->reading = false;
                     if (!error && self->lane->wants_bytes()) self->read_now();
                   });
  }

  void read_now() {
    std::array<char, read_bytes> bytes{};
    asio::error_code error;
    const std::size_t count = tty.read_some(asio::buffer(bytes), error);
    if (error == asio::error::would_block) return read();
    if (error) return lost("was unplugged");
    pause = options.first_pause;
    lane->feed({bytes.data(), count});
    read();
  }

  void send(const std::string& answers) {
    if (!tty.is_open()) return;
    if (unsent.size() + answers.size() > max_unsent_bytes) return;  // nobody reads them
    unsent += answers;
    write();
  }

  void write() {
    if (writing || unsent.empty() || !tty.is_open()) return;
    writing = true;
    tty.async_wait(asio::posix::stream_descriptor::wait_write,
                   [weak = weak_from_this(), of = opening](const asio::error_code& failed) {
                     const auto self = weak.lock();
                     if (!self || of != self->opening || !self->tty.is_open()) return;
                     self->writing = false;
                     asio::error_code error = failed;
                     if (!error) {
                       self->unsent.erase(0,
                                          self->tty.write_some(asio::buffer(self->unsent), error));
                     }
                     if (!error || error == asio::error::would_block) self->write();
                   });
  }

  void on_lane_change() {
    if (!tty.is_open()) return;
    if (!lane->refusal().empty()) return pass_over();
    if (!trouble.empty() && lane->told_apart() > lines_before_trouble) trouble.clear();
    read();
  }

  // The device stays open, or the end of that line could be lost, and the next one taken for it.
  void pass_over() {
    trouble = options.device + " sent " + lane->refusal();
    lines_before_trouble = lane->told_apart();
    lane->resume();  // and comes back here
  }

  const SerialOptions options;
  const DriverHost host;
  const std::shared_ptr<FrameIntake> intake;
  asio::posix::stream_descriptor tty;
  asio::steady_timer pause_timer;
  Millis pause;
  std::shared_ptr<FrameLane> lane;
  std::uint64_t opening = 0;  // which one: answers of earlier ones come late
  std::string unsent, trouble;
  std::uint64_t lines_before_trouble = 0;
  bool reading = false, writing = false, paused = false, stopping = false;
};

SerialDriver::SerialDriver(SerialOptions options, std::shared_ptr<const FeedPlan> plan,
                           const DriverHost& host)
    : state_(std::make_shared<State>(std::move(options), std::move(plan), host)) {}

SerialDriver::~SerialDriver() {
  begin_stop();
  state_->lost({});
}

void SerialDriver::start() {
  state_->start();
}

void SerialDriver::set_paused(bool paused) {
  state_->paused = paused;
  if (state_->lane) state_->lane->set_paused(paused);
}

void SerialDriver::begin_stop() {
  state_->stopping = true;
  state_->pause_timer.cancel();
  if (state_->lane) state_->lane->stop();
}

bool SerialDriver::idle() const {
  return (!state_->lane || state_->lane->idle()) && state_->unsent.empty();
}

DriverHealth SerialDriver::health() const {
  DriverHealth health{.state = DriverState::ok,
                      .detail = state_->trouble,
                      .last_delivery = state_->intake->last_delivery()};
  if (state_->stopping) {
    health.state = DriverState::stopped;
  } else if (!state_->trouble.empty()) {
    health.state = DriverState::failing;
  } else if (state_->paused) {
    health.state = DriverState::paused;
    health.detail = outbox_is_full;
  }
  return health;
}

}  // namespace storeward
