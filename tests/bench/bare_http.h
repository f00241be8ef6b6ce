// RESTinio with nothing around it: each request goes to `handle`, which answers it when it likes.
#pragma once

#include <cstdint>
#include <restinio/all.hpp>
#include <utility>

namespace bench {

struct BareTraits : restinio::default_single_thread_traits_t {
  using timer_manager_t = restinio::asio_timer_manager_t;
  using logger_t = restinio::null_logger_t;
};

inline void answer_stored(const restinio::request_handle_t& request) {
  request->create_response().set_body(R"({"results":[{"status":"stored"}]})").done();
}

// Serves on loopback until the process is ended by a signal.
template <typename Handle>
[[noreturn]] void serve(asio::io_context& io, std::uint16_t port, Handle handle) {
  restinio::http_server_t<BareTraits> server(
      restinio::external_io_context(io),
      restinio::server_settings_t<BareTraits>{}
          .address("127.0.0.1")
          .port(port)
          .request_handler([&handle](restinio::request_handle_t request) {
            handle(std::move(request));
            return restinio::request_accepted();
          }));
  server.open_sync();
  io.run();
  std::exit(0);
}

}  // namespace bench
