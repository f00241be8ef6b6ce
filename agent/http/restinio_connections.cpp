#include "agent/http/restinio_connections.h"

#include <chrono>
#include <restinio/all.hpp>

#include "agent/base/assert.h"
#include "agent/base/log.h"

// RESTinio 0.6.16 with our own socket type and our own accept loop. Why not its own:
//  - its acceptor never accepts again after one failed accept (EMFILE);
//  - a TLS handshake has no time limit, and a socket of ours is where one can be set;
//  - it has no hook between the socket and its parser, which is too lenient and refuses silently.
// The socket type is a template parameter of its traits; the connection factory is what its
// acceptor calls for each connection.

namespace storeward::http {
namespace {

// The socket as RESTinio wants it.
class SessionSocket {
 public:
  using executor_type = restinio::default_asio_executor;

  explicit SessionSocket(std::unique_ptr<Session> session) : session_(std::move(session)) {}

  Session& session() { return *session_; }
  executor_type get_executor() { return session_->stream().get_executor(); }
  asio::ip::tcp::socket& lowest_layer() { return session_->stream().tcp(); }
  bool is_open() const { return session_->is_open(); }
  void cancel(asio::error_code& error) { session_->stream().tcp().cancel(error); }
  void shutdown(asio::ip::tcp::socket::shutdown_type, asio::error_code&) {
    session_->on_library_close();
  }
  void close() { session_->on_library_close(); }

  template <typename Buffers, typename Callback>
  void async_read_some(const Buffers& buffers, Callback&& callback) {
    session_->read(asio::mutable_buffer(buffers), std::forward<Callback>(callback));
  }

  template <typename Buffers, typename Callback>
  void async_write_some(const Buffers& buffers, Callback&& callback) {
    session_->stream().async_write_some(buffers, std::forward<Callback>(callback));
  }

 private:
  std::unique_ptr<Session> session_;
};

// Found by RESTinio through the socket's type.
template <typename Connection, typename Start, typename Failed>
void prepare_connection_and_start_read(SessionSocket& socket, Connection& connection, Start start,
                                       Failed failed) {
  socket.session().prepare([start = std::move(start), failed = std::move(failed),
                            alive = connection.shared_from_this()](const asio::error_code& error) {
    error ? failed(error) : start();
  });
}

restinio::impl::tls_socket_t* make_tls_socket_pointer_for_state_listener(SessionSocket&) noexcept {
  return nullptr;
}

struct Traits : restinio::traits_t<restinio::asio_timer_manager_t, restinio::null_logger_t,
                                   restinio::default_request_handler_t, restinio::noop_strand_t,
                                   SessionSocket> {};

RemoteAddress to_remote_address(const asio::ip::address& address) {
  const asio::ip::address_v6 v6 =
      address.is_v4() ? asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4())
                      : address.to_v6();
  return v6.to_bytes();
}

HttpRequest to_request(const restinio::request_handle_t& request) {
  HttpRequest result;
  const restinio::http_request_header_t& header = request->header();
  const auto view = [](const auto& text) { return std::string_view(text.data(), text.size()); };
  result.method = header.method().c_str();
  result.path = view(header.path());
  result.fields.reserve(header.fields_count());
  header.for_each_field([&](const restinio::http_header_field_t& field) {
    result.fields.emplace_back(field.name(), field.value());
    switch (field.field_id()) {
      case restinio::http_field::content_type:
        result.content_type = field.value();
        break;
      case restinio::http_field::authorization:
        result.authorization = field.value();
        break;
      case restinio::http_field::host:
        result.host = field.value();
        break;
      case restinio::http_field::origin:
        result.origin = field.value();
        break;
      default:
        break;
    }
  });
  result.body = request->body();
  result.remote = to_remote_address(request->remote_endpoint().address());
  result.alive = request;
  return result;
}

// The Date field, formatted once a second.
const std::string& date_now() {
  static std::time_t formatted_for = 0;
  static std::string date;
  const std::time_t now = std::time(nullptr);
  if (now != formatted_for) {
    date = restinio::make_date_field_value(now);
    formatted_for = now;
  }
  return date;
}

// One string, head and body: one buffer to write.
std::string to_wire(const HttpResponse& response, bool close, bool http_1_0, bool head_only) {
  std::string wire;
  wire.reserve(256 + response.body.size());
  wire += "HTTP/1.1 ";
  wire += std::to_string(response.status);
  wire += ' ';
  wire += reason_phrase(response.status);
  wire += "\r\nDate: ";
  wire += date_now();
  wire += "\r\nContent-Type: ";
  wire += response.content_type;
  wire += "\r\nContent-Length: ";
  wire += std::to_string(response.body.size());
  for (const auto& [name, value] : response.headers) {
    wire += "\r\n";
    wire += name;
    wire += ": ";
    wire += value;
  }
  if (close) {
    wire += "\r\nConnection: close";
  } else if (http_1_0) {
    wire += "\r\nConnection: keep-alive";
  }
  wire += "\r\n\r\n";
  if (!head_only) wire += response.body;
  return wire;
}

// One request that waits for its answer.
class PendingAnswer {
 public:
  PendingAnswer(restinio::request_handle_t request, std::shared_ptr<AnswerState> answers)
      : request_(std::move(request)), answers_(std::move(answers)) {
    ++answers_->outstanding;
  }
  ~PendingAnswer() {
    if (request_) --answers_->outstanding;
  }
  PendingAnswer(const PendingAnswer&) = delete;
  PendingAnswer& operator=(const PendingAnswer&) = delete;

  void give(const HttpResponse& response) {
    ASSERT(request_ != nullptr);  // a second answer to one request
    --answers_->outstanding;
    const restinio::request_handle_t request = std::move(request_);
    request_ = nullptr;
    const restinio::http_request_header_t& header = request->header();
    // An upgrade is not offered; RESTinio can go on with such a connection only by closing it.
    const bool close = response.close || answers_->close_all || !header.should_keep_alive() ||
                       header.connection() == restinio::http_connection_header_t::upgrade;
    restinio::writable_items_container_t items;
    items.emplace_back(to_wire(response, close, header.http_minor() == 0,
                               header.method() == restinio::http_method_head()));
    const restinio::response_output_flags_t flags{
        restinio::response_parts_attr_t::final_parts,
        close ? restinio::response_connection_attr_t::connection_close
              : restinio::response_connection_attr_t::connection_keepalive};
    const auto connection = std::move(restinio::impl::access_req_connection(*request));
    connection->write_response_parts(request->request_id(), flags,
                                     restinio::write_group_t{std::move(items)});
  }

 private:
  restinio::request_handle_t request_;
  std::shared_ptr<AnswerState> answers_;
};

}  // namespace

struct RestinioConnections::State {
  using Limiter = restinio::connection_count_limit_types<Traits>::limiter_t;
  using Monitor = restinio::connection_count_limit_types<Traits>::lifetime_monitor_t;

  std::shared_ptr<restinio::impl::connection_factory_t<Traits>> factory;
};

RestinioConnections::RestinioConnections(asio::io_context& io, const LibraryLimits& limits,
                                         std::shared_ptr<AnswerState> answers,
                                         std::function<void(const HttpRequest&, Respond)> handler)
    : state_(std::make_unique<State>()) {
  restinio::server_settings_t<Traits> settings;
  settings.buffer_size(8 * 1024)
      .max_pipelined_requests(1)
      .read_next_http_message_timelimit(limits.read_timeout)
      .write_http_response_timelimit(limits.write_timeout)
      .handle_request_timeout(limits.answer_timeout)
      .incoming_http_msg_limits(restinio::incoming_http_msg_limits_t{}
                                    .max_url_size(limits.max_url_bytes)
                                    .max_field_name_size(limits.max_field_bytes)
                                    .max_field_value_size(limits.max_field_bytes)
                                    .max_field_count(limits.max_fields)
                                    .max_body_size(limits.max_body_bytes))
      .request_handler([answers = std::move(answers),
                        handler = std::move(handler)](const restinio::request_handle_t& request) {
        const HttpRequest seen = to_request(request);
        auto pending = std::make_shared<PendingAnswer>(request, answers);
        handler(seen, [pending = std::move(pending)](HttpResponse&& response) {
          pending->give(response);
        });
        return restinio::request_accepted();
      });
  // Deadlines are looked at this often.
  const Millis check = std::clamp(limits.read_timeout / 4, Millis{20}, Millis{1000});
  settings.timer_manager(check);
  auto timers = settings.timer_factory()->create(io);
  auto socket_options = settings.socket_options_setter();
  auto common = std::make_shared<restinio::impl::connection_settings_t<Traits>>(
      std::move(settings), restinio::impl::create_parser_settings<Traits::http_methods_mapper_t>(),
      std::move(timers));
  state_->factory = std::make_shared<restinio::impl::connection_factory_t<Traits>>(
      std::move(common), std::move(socket_options));
}

RestinioConnections::~RestinioConnections() = default;

void RestinioConnections::begin(std::unique_ptr<Session> session,
                                const asio::ip::tcp::endpoint& remote) {
  try {
    state_->factory
        ->create_new_connection(SessionSocket(std::move(session)), remote, State::Monitor(nullptr))
        ->init();
  } catch (const std::exception& exception) {
    log::warn("http: a connection could not be set up: {}", exception.what());
  }
}

}  // namespace storeward::http
