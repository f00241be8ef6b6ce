#include "drivers/tcp/driver.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/log.h"
#include "drivers/tcp/connection.h"

namespace storeward {
namespace {

using asio::ip::tcp;

constexpr std::size_t read_bytes = 16u * 1024;
constexpr int send_buffer_bytes = 32 * 1024;  // the kernel's part of what a peer does not read
constexpr Millis listen_again{5'000}, descriptor_pause{100}, sweep{500};
constexpr Millis trouble_shown{600'000};
const FrameAnswer no_room{FrameWord::later, 5, {}};

// A peer that is gone without a word is noticed within a minute and a half, however long its
// idle_timeout is.
void watch_line(tcp::socket& socket) {
  asio::error_code ignored;
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  const int idle_s = 60, interval_s = 10, probes = 3;
  for (const auto& [option, value] :
       {std::pair{TCP_KEEPIDLE, idle_s}, {TCP_KEEPINTVL, interval_s}, {TCP_KEEPCNT, probes}}) {
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, option, &value, sizeof value);
  }
}

}  // namespace

struct TcpDriver::State : std::enable_shared_from_this<State> {
  State(const TcpOptions& tcp_options, std::shared_ptr<const FeedPlan> plan,
        const DriverHost& driver_host)
      : options(tcp_options),
        host(driver_host),
        driver_name(plan->context.driver),
        intake(std::make_shared<FrameIntake>(options.frames, std::move(plan), host)),
        acceptor(host.io),
        accept_pause(host.io),
        sweep_timer(host.io),
        scratch(read_bytes),
        reserve(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {}

  ~State() {
    if (reserve >= 0) ::close(reserve);
  }

  void listen() {
    if (stopping) return;
    const tcp::endpoint endpoint(options.address, options.port);
    asio::error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(1024, error);
    if (!error) {
      cannot_listen.clear();
      return accept();
    }
    cannot_listen = "cannot listen on " + options.address.to_string() + " port " +
                    std::to_string(options.port) + ": " + error.message() +
                    "; choose another port, or stop the program that has it (ss -ltnp)";
    asio::error_code ignored;
    acceptor.close(ignored);
    after(listen_again, [](State& self) { self.listen(); });
  }

  void after(Millis pause, void (*then)(State&)) {
    accept_pause.expires_after(pause);
    accept_pause.async_wait([weak = weak_from_this(), then](const asio::error_code& cancelled) {
      const auto self = weak.lock();
      if (!cancelled && self) then(*self);
    });
  }

  void accept() {
    acceptor.async_accept(
        [weak = weak_from_this()](const asio::error_code& error, tcp::socket socket) {
          const auto self = weak.lock();
          if (self && error != asio::error::operation_aborted) {
            self->accepted(error, std::move(socket));
          }
        });
  }

  void accepted(const asio::error_code& error, tcp::socket socket) {
    const bool out_of_descriptors = error.value() == EMFILE || error.value() == ENFILE ||
                                    error.value() == ENOBUFS || error.value() == ENOMEM;
    if (out_of_descriptors) {
      turn_one_away();
      return after(descriptor_pause, [](State& self) { self.accept(); });
    }
    if (!error) begin(std::move(socket));
    accept();
  }

  // With the reserve descriptor given up one newcomer can be closed: it learns at once.
  void turn_one_away() {
    if (reserve >= 0) ::close(reserve);
    const int taken =
        ::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (taken >= 0) ::close(taken);
    reserve = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  }

  void begin(tcp::socket socket) {
    asio::error_code error;
    const tcp::endpoint remote = socket.remote_endpoint(error);
    if (error) return;  // gone already
    socket.non_blocking(true, error);
    if (connections.size() >= options.max_connections) {
      note_trouble(remote.address().to_string(),
                   "max_connections = " + std::to_string(options.max_connections) + " are open");
      const std::string answer = on_the_wire(no_room, options.frames.acknowledge);
      socket.write_some(asio::buffer(answer), error);
      return;
    }
    socket.set_option(tcp::no_delay(true), error);
    socket.set_option(asio::socket_base::send_buffer_size(send_buffer_bytes), error);
    watch_line(socket);
    const std::string name = remote.address().to_string();
    const auto connection = std::make_shared<TcpConnection>(
        std::move(socket), std::span<char>(scratch), host.clock,
        TcpConnection::Wires{.on_trouble =
                                 [weak = weak_from_this(), name](const std::string& why) {
                                   if (const auto self = weak.lock()) self->note_trouble(name, why);
                                 },
                             .on_end =
                                 [weak = weak_from_this()](TcpConnection& ended) {
                                   if (const auto self = weak.lock())
                                     self->connections.erase(ended.shared_from_this());
                                 }});
    connections.insert(connection);
    connection->start(intake,
                      {{"remote", name}, {"connection", std::to_string(++connections_so_far)}});
    if (paused) connection->set_paused(true);
  }

  void note_trouble(const std::string& name, const std::string& why) {
    std::string now_trouble = "dropped " + name + ": " + why;
    trouble_until = host.clock.now() + trouble_shown;
    if (now_trouble == trouble) return;  // said already
    trouble = std::move(now_trouble);
    log::warn("driver {}: {}", driver_name, trouble);
  }

  std::string recent_trouble() const {
    return host.clock.now() < trouble_until ? trouble : std::string();
  }

  void sweep_idle() {
    sweep_timer.expires_after(sweep);
    sweep_timer.async_wait([weak = weak_from_this()](const asio::error_code& cancelled) {
      const auto self = weak.lock();
      if (cancelled || !self) return;
      const Instant now = self->host.clock.now();
      self->each([&](TcpConnection& one) { one.drop_if_idle(now, self->options.idle_timeout); });
      self->sweep_idle();
    });
  }

  // Of a copy: what is done to a connection may end it.
  template <typename Task>
  void each(Task task) {
    const std::vector<std::shared_ptr<TcpConnection>> all(connections.begin(), connections.end());
    for (const auto& connection : all) task(*connection);
  }

  const TcpOptions options;
  const DriverHost host;
  const std::string driver_name;
  const std::shared_ptr<FrameIntake> intake;
  tcp::acceptor acceptor;
  asio::steady_timer accept_pause, sweep_timer;
  std::vector<char> scratch;  // outlives the connections
  std::set<std::shared_ptr<TcpConnection>> connections;
  std::uint64_t connections_so_far = 0;
  std::string cannot_listen, trouble;
  Instant trouble_until{};
  int reserve;
  bool paused = false, stopping = false;
};

TcpDriver::TcpDriver(const TcpOptions& options, std::shared_ptr<const FeedPlan> plan,
                     const DriverHost& host)
    : state_(std::make_shared<State>(options, std::move(plan), host)) {}

TcpDriver::~TcpDriver() {
  begin_stop();
  state_->each([](TcpConnection& one) { one.drop(""); });
}

void TcpDriver::start() {
  state_->listen();
  state_->sweep_idle();
}

void TcpDriver::set_paused(bool paused) {
  state_->paused = paused;
  state_->each([paused](TcpConnection& one) { one.set_paused(paused); });
}

void TcpDriver::begin_stop() {
  state_->stopping = true;
  asio::error_code ignored;
  state_->acceptor.close(ignored);
  state_->accept_pause.cancel();
  state_->each([](TcpConnection& one) { one.finish(); });
}

bool TcpDriver::idle() const {
  return state_->connections.empty() && state_->intake->idle();
}

DriverHealth TcpDriver::health() const {
  DriverHealth health{.state = DriverState::ok,
                      .detail = state_->recent_trouble(),
                      .last_delivery = state_->intake->last_delivery()};
  if (state_->stopping) {
    health.state = DriverState::stopped;
  } else if (!state_->cannot_listen.empty()) {
    health.state = DriverState::failing;
    health.detail = state_->cannot_listen;
  } else if (state_->paused) {
    health.state = DriverState::paused;
    health.detail = outbox_is_full;
  }
  return health;
}

std::uint16_t TcpDriver::port() const {
  asio::error_code error;
  return state_->acceptor.local_endpoint(error).port();
}

std::size_t TcpDriver::connections() const {
  return state_->connections.size();
}

}  // namespace storeward
