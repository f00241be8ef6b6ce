#include "agent/runtime/control_server.h"

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <asio/read_until.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>

#include <chrono>
#include <utility>

namespace storeward {
namespace {

using Protocol = asio::local::stream_protocol;

constexpr std::size_t max_request_bytes = 4u << 20;  // an edited event, escaped as JSON text
constexpr int max_sessions = 16;
constexpr auto idle_limit = std::chrono::seconds(30);
constexpr mode_t socket_mode = 0660;

ControlPeer peer_of(Protocol::socket& socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size);
  return {credentials.uid, credentials.pid};
}

bool somebody_listens(asio::io_context& io, const Protocol::endpoint& endpoint) {
  Protocol::socket probe(io);
  asio::error_code error;
  probe.connect(endpoint, error);
  return !error;
}

}  // namespace

// One connection; lives as long as an operation or an unanswered request holds it.
struct ControlServer::Session : std::enable_shared_from_this<Session> {
  Session(Protocol::socket accepted, std::shared_ptr<const Handler> for_requests,
          std::shared_ptr<int> open_sessions)
      : socket(std::move(accepted)),
        timer(socket.get_executor()),
        peer(peer_of(socket)),
        handler(std::move(for_requests)),
        sessions(std::move(open_sessions)) {
    ++*sessions;
  }
  ~Session() { --*sessions; }

  void read() {
    timer.expires_after(idle_limit);
    timer.async_wait([self = weak_from_this()](const asio::error_code& cancelled) {
      if (const auto session = self.lock(); session && !cancelled) session->socket.close();
    });
    asio::async_read_until(
        socket, asio::dynamic_buffer(in, max_request_bytes), '\n',
        [self = shared_from_this()](const asio::error_code& error, std::size_t size) {
          if (!error) self->take(size);
        });
  }

  void take(std::size_t size) {
    timer.cancel();
    const std::string request = in.substr(0, size - 1);
    in.erase(0, size);
    (*handler)(request, peer,
               [self = shared_from_this()](std::string json) { self->answer(std::move(json)); });
  }

  void answer(std::string json) {
    out = std::move(json);
    out.push_back('\n');
    asio::async_write(socket, asio::buffer(out),
                      [self = shared_from_this()](const asio::error_code& error, std::size_t) {
                        if (!error) self->read();
                      });
  }

  Protocol::socket socket;
  asio::steady_timer timer;
  const ControlPeer peer;
  const std::shared_ptr<const Handler> handler;
  const std::shared_ptr<int> sessions;
  std::string in, out;
};

Result<std::unique_ptr<ControlServer>> ControlServer::start(asio::io_context& io,
                                                            const std::filesystem::path& socket,
                                                            Handler handler) {
  std::unique_ptr<ControlServer> server(new ControlServer(io, socket, std::move(handler)));
  if (const auto listening = server->listen(); !listening) return Unexpected{listening.error()};
  server->accept();
  return server;
}

ControlServer::ControlServer(asio::io_context& io, std::filesystem::path socket, Handler handler)
    : acceptor_(io),
      socket_(std::move(socket)),
      handler_(std::make_shared<const Handler>(std::move(handler))) {}

ControlServer::~ControlServer() {
  if (acceptor_.is_open()) unlink(socket_.c_str());
}

Result<void> ControlServer::listen() {
  const auto wrong = [this](const std::string& why) {
    return fail("control.socket " + socket_.string() + ": " + why);
  };
  try {
    const Protocol::endpoint endpoint(socket_.string());
    auto& io = static_cast<asio::io_context&>(acceptor_.get_executor().context());
    if (somebody_listens(io, endpoint)) return wrong("another agent listens there");
    unlink(socket_.c_str());
    acceptor_.open(endpoint.protocol());
    acceptor_.bind(endpoint);
    chmod(socket_.c_str(), socket_mode);
    // Not being allowed to give it to the group is fine: the owner can still ask.
    if (const group* storeward = getgrnam("storeward")) {
      if (chown(socket_.c_str(), static_cast<uid_t>(-1), storeward->gr_gid) != 0) errno = 0;
    }
    acceptor_.listen();
  } catch (const std::exception& error) {
    return wrong(std::string(error.what()) + "; does its directory exist and is it writable?");
  }
  return {};
}

void ControlServer::accept() {
  acceptor_.async_accept([this](const asio::error_code& error, Protocol::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error && *sessions_ < max_sessions) {
      std::make_shared<Session>(std::move(socket), handler_, sessions_)->read();
    }
    accept();
  });
}

}  // namespace storeward
