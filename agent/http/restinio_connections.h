// Hands accepted connections to RESTinio and its requests to the handler. RESTinio itself is
// included only by the .cpp. Owned by the io thread.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include <functional>
#include <memory>

#include "agent/http/message.h"
#include "agent/http/session.h"

namespace storeward::http {

// Shared with every request that waits for its answer.
struct AnswerState {
  std::size_t outstanding = 0;
  bool close_all = false;  // every answer ends its connection
};

// RESTinio's own limits. All of them lie beyond those of the framing, which answers; RESTinio would
// drop the connection without a word.
struct LibraryLimits {
  std::size_t max_url_bytes, max_field_bytes, max_fields, max_body_bytes;
  Millis read_timeout, write_timeout, answer_timeout;
};

class RestinioConnections {
 public:
  RestinioConnections(asio::io_context& io, const LibraryLimits& limits,
                      std::shared_ptr<AnswerState> answers,
                      std::function<void(const HttpRequest&, Respond)> handler);
  ~RestinioConnections();

  void begin(std::unique_ptr<Session> session, const asio::ip::tcp::endpoint& remote);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace storeward::http
