#include "agent/http/server.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <charconv>
#include <utility>

#include "agent/base/log.h"
#include "agent/http/connection_table.h"
#include "agent/http/restinio_connections.h"
#include "agent/http/tls_identity.h"

namespace storeward::http {
namespace {

using asio::ip::tcp;

constexpr Millis descriptor_pause{100};
constexpr std::size_t restinio_margin = 4096;  // its limits lie beyond ours: ours give the answer

Result<tcp::endpoint> parse_listen(const std::string& listen, const std::string& section) {
  const auto bad = [&](const std::string& why) {
    return fail(section + ".listen = \"" + listen + "\": " + why +
                ": expected IP:PORT, such as 127.0.0.1:8443 or [::1]:8443");
  };
  const std::size_t colon = listen.rfind(':');
  if (colon == std::string::npos) return bad("the port is missing");
  std::string host = listen.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  unsigned port = 0;
  const char* const end = listen.data() + listen.size();
  const auto parsed = std::from_chars(listen.data() + colon + 1, end, port);
  if (parsed.ec != std::errc{} || parsed.ptr != end || port > 65535)
    return bad("the port is not a number up to 65535");
  asio::error_code error;
  const asio::ip::address address = asio::ip::make_address(host, error);
  if (error) return bad("this is not an IP address");
  return tcp::endpoint(address, static_cast<std::uint16_t>(port));
}

bool is_loopback(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
  }
  return address.is_loopback();
}

bool out_of_descriptors(const asio::error_code& error) {
  return error.value() == EMFILE || error.value() == ENFILE || error.value() == ENOBUFS ||
         error.value() == ENOMEM;
}

}  // namespace

struct HttpServer::State : std::enable_shared_from_this<State> {
  State(asio::io_context& io_context, HttpServerOptions server_options, Handler request_handler)
      : io(io_context),
        options(std::move(server_options)),
        acceptor(io),
        pause(io),
        table(
            std::make_shared<ConnectionTable>(options.max_connections, options.max_buffered_bytes)),
        limits{.max_request_line_bytes = std::min<std::size_t>(8 * 1024, options.max_header_bytes),
               .max_header_bytes = options.max_header_bytes,
               .max_header_fields = options.max_header_fields,
               .max_body_bytes = options.max_body_bytes},
        answers(std::make_shared<AnswerState>()),
        connections(io, library_limits(), answers, std::move(request_handler)),
        reserve(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {}

  ~State() {
    if (reserve >= 0) ::close(reserve);
  }

  LibraryLimits library_limits() const {
    return {.max_url_bytes = options.max_header_bytes + restinio_margin,
            .max_field_bytes = options.max_header_bytes + restinio_margin,
            .max_fields = options.max_header_fields + 16,
            .max_body_bytes = options.max_body_bytes + restinio_margin,
            .read_timeout = options.read_timeout,
            .write_timeout = options.write_timeout,
            .answer_timeout = options.answer_timeout};
  }

  Result<void> listen(const tcp::endpoint& endpoint) {
    asio::error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(1024, error);
    if (error) {
      return fail(options.config_section + ".listen = \"" + options.listen +
                  "\": " + error.message() +
                  ": choose another address or port, or stop the program that has it (ss -ltnp)");
    }
    acceptor.non_blocking(true, error);
    table->on_room([weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self && self->waiting_for_room) asio::post(self->io, [self] { self->accept(); });
    });
    accept();
    return {};
  }

  void accept() {
    if (!acceptor.is_open() || accepting) return;
    waiting_for_room = table->full() && !table->evict();
    if (waiting_for_room) return;
    accepting = true;
    acceptor.async_accept(
        [self = shared_from_this()](const asio::error_code& error, tcp::socket socket) {
          self->accepting = false;
          self->accepted(error, std::move(socket));
        });
  }

  void accepted(const asio::error_code& error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (out_of_descriptors(error)) {
      turn_one_away();
      pause.expires_after(descriptor_pause);
      pause.async_wait([self = shared_from_this()](const asio::error_code& cancelled) {
        if (!cancelled) self->accept();
      });
      return;
    }
    if (!error) begin_session(std::move(socket));
    accept();
  }

  void begin_session(tcp::socket socket) {
    asio::error_code error;
    const tcp::endpoint remote = socket.remote_endpoint(error);
    if (error) return;  // gone already
    socket.set_option(tcp::no_delay(true), error);
    auto stream =
        std::make_shared<ConnectionStream>(std::move(socket), identity.context, table->occupy());
    connections.begin(
        std::make_unique<Session>(std::move(stream), table, limits, options.read_timeout), remote);
  }

  // With the reserve descriptor given up, one waiting client can be accepted and closed: it learns
  // at once instead of hanging.
  void turn_one_away() {
    if (!complained) log::warn("http: no descriptor left for a new connection: raise LimitNOFILE");
    complained = true;
    if (reserve >= 0) ::close(reserve);
    const int taken =
        ::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (taken >= 0) ::close(taken);
    reserve = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  }

  void stop_accepting() {
    asio::error_code ignored;
    acceptor.close(ignored);
    pause.cancel();
    table->close_waiting();
  }

  asio::io_context& io;
  const HttpServerOptions options;
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  std::shared_ptr<ConnectionTable> table;
  const FramingLimits limits;
  std::shared_ptr<AnswerState> answers;
  RestinioConnections connections;
  TlsIdentity identity;  // no context: no TLS
  int reserve;
  bool accepting = false, waiting_for_room = false, complained = false;
};

HttpServer::HttpServer(std::shared_ptr<State> state) : state_(std::move(state)) {}

HttpServer::~HttpServer() {
  state_->answers->close_all = true;
  state_->stop_accepting();
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(asio::io_context& io,
                                                      HttpServerOptions options, Handler handler) {
  const Result<tcp::endpoint> endpoint = parse_listen(options.listen, options.config_section);
  if (!endpoint) return fail(endpoint.error().message);
  const bool tls = !options.tls_cert_file.empty() || !options.tls_key_file.empty();
  const std::string section = options.config_section;
  if (!tls && !is_loopback(endpoint->address())) {
    return fail(section + ".listen = \"" + options.listen +
                "\" can be reached from other machines, so it needs TLS: set " + section +
                ".tls_cert_file and " + section + ".tls_key_file, or listen on 127.0.0.1");
  }
  if (tls && (options.tls_cert_file.empty() || options.tls_key_file.empty())) {
    return fail(section + ".tls_cert_file and " + section +
                ".tls_key_file belong together: set both");
  }
  auto state = std::make_shared<State>(io, std::move(options), std::move(handler));
  if (tls) {
    Result<TlsIdentity> identity =
        load_tls_identity(state->options.tls_cert_file, state->options.tls_key_file);
    if (!identity) return fail(identity.error().message);
    state->identity = std::move(*identity);
  }
  if (const Result<void> listening = state->listen(*endpoint); !listening) {
    return fail(listening.error().message);
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

std::uint16_t HttpServer::port() const {
  asio::error_code error;
  return state_->acceptor.local_endpoint(error).port();
}

Result<void> HttpServer::reload() {
  if (!state_->identity.context) return {};
  Result<TlsIdentity> identity =
      load_tls_identity(state_->options.tls_cert_file, state_->options.tls_key_file);
  if (!identity) return fail(identity.error().message + " (the previous certificate stays in use)");
  state_->identity = std::move(*identity);
  return {};
}

std::optional<WallTime> HttpServer::certificate_expires() const {
  if (!state_->identity.context) return std::nullopt;
  return state_->identity.expires;
}

void HttpServer::begin_shutdown() {
  state_->answers->close_all = true;
  state_->stop_accepting();
}

bool HttpServer::idle() const {
  return state_->answers->outstanding == 0;
}

}  // namespace storeward::http
